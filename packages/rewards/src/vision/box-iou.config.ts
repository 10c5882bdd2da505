import { z } from 'zod';
import { boxIouDefaults } from './box-iou.ts';
import { boxFormat, coordinates } from './box-options.config.ts';

/** Options of the `box_iou` reward. */
export const boxIouConfig = z.strictObject({
  scoring: z
    .enum(['iou', 'hit', 'f1', 'detection'])
    .default(boxIouDefaults.scoring)
    .describe('iou = mean IoU; hit = share found; f1 of boxes found; detection = ROLL, IoU and completeness'),
  matching: z
    .enum(['hungarian', 'greedy'])
    .default(boxIouDefaults.matching)
    .describe('hungarian = highest sum of IoU; greedy = highest IoU first'),
  labels: z.boolean().default(boxIouDefaults.labels).describe('only boxes of the same label match'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(boxIouDefaults.threshold)
    .describe('IoU from which a box is found; for the verdict, and for hit, f1 and detection'),
  completenessWeight: z
    .number()
    .min(0)
    .max(1)
    .default(boxIouDefaults.completenessWeight)
    .describe('weight of completeness in detection'),
  format: boxFormat.default(boxIouDefaults.format),
  referenceFormat: boxFormat.default(boxIouDefaults.referenceFormat),
  coordinates: coordinates.default(boxIouDefaults.coordinates),
  referenceCoordinates: coordinates.default(boxIouDefaults.referenceCoordinates),
});
