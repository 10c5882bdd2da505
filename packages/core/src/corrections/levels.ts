import { countTokens } from './log-ratios.ts';

/**
 * Over what log ratios are put together: each `token`; their sum over the `sequence`; their mean over the sequence, so
 * a `geometric` mean of ratios; or their mean over the `segment`, a run of neighbouring trained tokens (a turn).
 */
export type WeightLevel = 'token' | 'sequence' | 'geometric' | 'segment';

/** Every level. */
export const weightLevels: readonly WeightLevel[] = ['token', 'sequence', 'geometric', 'segment'];

/** Whether a level has one value per sequence. */
export function isSequenceLevel(level: WeightLevel): boolean {
  return level === 'sequence' || level === 'geometric';
}

/**
 * Puts the values of a row together on a level, in place: each token has the value of its level, and on a sequence
 * level so have masked places.
 *
 * @param row 0 at masked places
 */
export function putTogether(level: WeightLevel, row: Float64Array, mask: ArrayLike<number>): void {
  switch (level) {
    case 'token':
      return;
    case 'sequence':
      row.fill(sum(row, 0, row.length));
      return;
    case 'geometric':
      row.fill(sum(row, 0, row.length) / Math.max(countTokens(mask), 1));
      return;
    case 'segment':
      fillSegmentMeans(row, mask);
      return;
  }
}

function sum(row: Float64Array, start: number, end: number): number {
  let total = 0;
  for (let token = start; token < end; token += 1) total += row[token] as number;
  return total;
}

function fillSegmentMeans(row: Float64Array, mask: ArrayLike<number>): void {
  let start = 0;
  while (start < row.length) {
    let end = start;
    while (end < row.length && mask[end] !== 0) end += 1;
    const mean = sum(row, start, end) / (end - start);
    for (let token = start; token < end; token += 1) row[token] = mean;
    start = end + 1;
  }
}
