/**
 * The smallest of 1, 2, 3, 4, 6, 8, 12, 16, 24, … (`2^k` and `3·2^k`) that is not below `count`: at most half again as
 * much, and `2·log2(n)` different ones up to `n`.
 *
 * @example
 * ```ts
 * [1, 5, 9, 33].map(bucketOf); // => [1, 6, 12, 48]
 * ```
 */
export function bucketOf(count: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(count, 1)));
  const between = 0.75 * power;
  return count <= between && Number.isInteger(between) ? between : power;
}
