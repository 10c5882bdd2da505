/** Times of one function, and its result. */
export interface Timed {
  /** The median of the repetitions. */
  readonly ms: number;
  /** The least of them: what it takes when nothing else wants the core. */
  readonly fastestMs: number;
  readonly digest: readonly number[];
}

/** A weighted sum of numbers and of their sizes, so that results of two programs can be held against each other. */
export function digest(values: ArrayLike<number>, start = 0): [sum: number, size: number] {
  let sum = 0;
  let size = 0;
  for (let place = 0; place < values.length; place += 1) {
    const weighted = ((values[place] as number) * ((((place + start) * 31) % 97) + 1)) / 97;
    sum += weighted;
    size += Math.abs(weighted);
  }
  return [sum, size];
}

/** How far two digests are apart, as a share of their size. */
export function digestDistance([sum, size]: readonly number[], [otherSum]: readonly number[]): number {
  return Math.abs((sum as number) - (otherSum as number)) / Math.max(size as number, 1e-12);
}
