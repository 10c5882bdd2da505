import type { Task } from '@rlloom/spec';
import type { Box, BoxFormat } from './box.ts';
import { readBoxes } from './read-boxes.ts';

const fields = ['boxes', 'bboxes', 'bbox', 'box', 'bbox_2d', 'solution'] as const;

/** The reference boxes of a task: of `boxes`, `bbox`, … in the record, else of `ground_truth.final_answer`. */
export function referenceBoxes({ extra = {}, groundTruth }: Task, format: BoxFormat): readonly Box[] {
  for (const field of fields) {
    const value = extra[field];
    if (value === undefined || value === null) continue;
    const boxes = readBoxes(typeof value === 'string' ? value : JSON.stringify(value), format);
    if (boxes.length > 0) return boxes;
  }
  return groundTruth === undefined ? [] : readBoxes(groundTruth.finalAnswer, format);
}
