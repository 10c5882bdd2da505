import { median } from '../median.ts';

/** Times of many pieces of work, in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  /** 99 of 100 took at most this. */
  readonly p99: number;
  readonly max: number;
}

/** The spread of some times; NaN without any. */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const last = sorted.at(-1) ?? Number.NaN;
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    median: median(sorted),
    p99: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? last,
    max: last,
  };
}
