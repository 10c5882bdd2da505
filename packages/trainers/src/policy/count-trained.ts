import type { TrainingBatch } from '@rlloom/spec';
import { trainedPositions } from './batch-tensors.ts';
import type { NumericCounts } from './train-step.ts';

/** What the losses of a batch divide by. */
export function countTrained(batch: TrainingBatch): NumericCounts {
  const { groupSize = 1 } = batch;
  const perSequence = batch.sequences.map((sequence) => trainedPositions(sequence).length);
  return {
    tokenCount: perSequence.reduce((sum, count) => sum + count, 0),
    sequenceCount: perSequence.filter((count) => count > 0).length,
    groupSize,
    groupCount: perSequence.length / groupSize,
    placeTokenCounts: Array.from({ length: groupSize }, (_, place) =>
      perSequence.reduce((sum, count, index) => (index % groupSize === place ? sum + count : sum), 0),
    ),
  };
}
