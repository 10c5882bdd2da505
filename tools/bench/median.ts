/** The middle of some numbers, or the mean of the middle two; NaN without any. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  // Half the sum of two equal numbers may round.
  return upper === lower ? upper : (lower + upper) / 2;
}
