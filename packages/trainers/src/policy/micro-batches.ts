import { RlloomError, type TrainingSequence } from '@rlloom/spec';

/**
 * Splits sequences into micro-batches whose padded size `rows × longest` stays within `maxTokens`. Sequences of
 * like length go together, so little is padding; a sequence longer than `maxTokens` gets a micro-batch of its own.
 * Groups of sequences that belong together are dealt out whole, in their order, likewise.
 *
 * @param sequences ragged sequences
 * @param maxTokens padded tokens a micro-batch may hold
 * @param groupSize sequences that stand side by side and belong together; default 1
 * @returns indices into `sequences`, every index exactly once
 * @example
 * ```ts
 * const lengths = [3, 9, 4].map((length) => ({ tokens: new Int32Array(length), lossMask: new Uint8Array(length) }));
 * splitIntoMicroBatches(lengths, 10); // => [[1], [2, 0]]
 * ```
 */
export function splitIntoMicroBatches(
  sequences: readonly TrainingSequence[],
  maxTokens: number,
  groupSize = 1,
): number[][] {
  const groups = groupsOf(sequences, groupSize);
  const longestFirst = groups.sort((a, b) => b.longest - a.longest || a.start - b.start);
  const batches: number[][] = [];
  let current: number[] = [];
  let longest = 0;
  for (const group of longestFirst) {
    if (current.length > 0 && (current.length + groupSize) * longest > maxTokens) {
      batches.push(current);
      current = [];
    }
    if (current.length === 0) longest = group.longest;
    for (let i = 0; i < groupSize; i++) current.push(group.start + i);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

function groupsOf(sequences: readonly TrainingSequence[], groupSize: number): { start: number; longest: number }[] {
  const count = sequences.length / groupSize;
  if (!Number.isInteger(count)) {
    throw new RlloomError('unexpected', {
      what: `${sequences.length} sequences are not whole groups of ${groupSize}`,
      fix: 'give each group all of its sequences, side by side',
    });
  }
  return Array.from({ length: count }, (_, group) => {
    const start = group * groupSize;
    const lengths = sequences.slice(start, start + groupSize).map(({ tokens }) => tokens.length);
    return { start, longest: Math.max(...lengths) };
  });
}
