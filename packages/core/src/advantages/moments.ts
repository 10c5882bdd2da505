/**
 * Mean and standard deviation. Equal values have their mean and a deviation of 0 exactly: a sum of equal numbers may
 * round, and the difference, divided by a small epsilon, would look like an advantage.
 *
 * @param values with `ddof` 1 at least two that differ, or all equal; an empty array gives 0 and 0
 * @param ddof 1: sample deviation, ÷(n−1); 0: population, ÷n
 * @throws RangeError for values so large that their squares overflow
 */
export function moments(values: readonly number[], ddof: 0 | 1): readonly [mean: number, deviation: number] {
  const first = values[0] ?? 0;
  if (values.every((value) => value === first)) return [first, 0];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (values.length - ddof));
  if (Number.isFinite(deviation) || values.length === ddof) return [mean, deviation];
  throw new RangeError(`moments: values as large as ${Math.max(...values.map(Math.abs))} cannot be averaged`);
}
