import type { TrainingSequence } from '@rlloom/spec';

/**
 * Splits sequences into micro-batches whose padded size `rows × longest` stays within `maxTokens`. Sequences of
 * like length go together, so little is padding; a sequence longer than `maxTokens` gets a micro-batch of its own.
 *
 * @param sequences ragged sequences
 * @param maxTokens padded tokens a micro-batch may hold
 * @returns indices into `sequences`, every index exactly once
 * @example
 * ```ts
 * const lengths = [3, 9, 4].map((length) => ({ tokens: new Int32Array(length), lossMask: new Uint8Array(length) }));
 * splitIntoMicroBatches(lengths, 10); // => [[1], [2, 0]]
 * ```
 */
export function splitIntoMicroBatches(sequences: readonly TrainingSequence[], maxTokens: number): number[][] {
  const longestFirst = sequences
    .map((_, index) => index)
    .sort((a, b) => length(sequences, b) - length(sequences, a) || a - b);
  const batches: number[][] = [];
  let current: number[] = [];
  for (const index of longestFirst) {
    const longest = length(sequences, current[0] ?? index);
    if (current.length > 0 && (current.length + 1) * longest > maxTokens) {
      batches.push(current);
      current = [];
    }
    current.push(index);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

function length(sequences: readonly TrainingSequence[], index: number): number {
  return sequences[index]?.tokens.length ?? 0;
}
