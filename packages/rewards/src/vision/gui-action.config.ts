import { z } from 'zod';
import { boxFormat, coordinates } from './box-options.config.ts';
import { guiActionDefaults } from './gui-action.ts';

/** Options of the `gui_action` reward. */
export const guiActionConfig = z.strictObject({
  formatWeight: z
    .number()
    .min(0)
    .max(1)
    .default(guiActionDefaults.formatWeight)
    .describe('share of the score that the format has'),
  tags: z
    .array(z.string().regex(/^[\w-]+$/, 'letters, digits, _ and - only'))
    .min(1)
    .default([...guiActionDefaults.tags])
    .describe('tags that make the format, once each and in this order'),
  tolerance: z
    .number()
    .min(0)
    .default(guiActionDefaults.tolerance)
    .describe('how far from a reference point counts, in the units of predicted coordinates'),
  referenceFormat: boxFormat.default(guiActionDefaults.referenceFormat),
  coordinates: coordinates.default(guiActionDefaults.coordinates),
  referenceCoordinates: coordinates.default(guiActionDefaults.referenceCoordinates),
});
