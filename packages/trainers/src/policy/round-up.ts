/**
 * The next size of a ladder with eight steps per doubling, so at most an eighth is padding and few sizes occur.
 *
 * @param size at least 1
 * @param step the smallest step
 * @example
 * ```ts
 * [9, 60, 65, 129].map((size) => roundUpInEighths(size, 8)); // => [16, 64, 72, 144]
 * ```
 */
export function roundUpInEighths(size: number, step: number): number {
  const wide = Math.max(step, 2 ** (Math.floor(Math.log2(Math.max(1, size - 1))) - 3));
  return Math.ceil(size / wide) * wide;
}

/** The next power of two. */
export function roundUpToPowerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size)));
}
