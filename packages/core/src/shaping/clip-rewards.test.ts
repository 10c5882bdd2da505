import { describe, expect, it } from 'vitest';
import { clipRewards } from './clip-rewards.ts';

describe('clipRewards', () => {
  it('moves rewards into the bounds', () => {
    expect(clipRewards([-7, -5, 0.5, 5, 7, null], 5)).toEqual([-5, -5, 0.5, 5, 5, null]);
    expect(clipRewards([-7, 0.5, 2], { min: 0, max: 1 })).toEqual([0, 0.5, 1]);
    expect(clipRewards([-7, 2], { min: -1, max: Number.POSITIVE_INFINITY })).toEqual([-1, 2]);
    expect(clipRewards([-7, 2], 0)).toEqual([0, 0]);
    expect(clipRewards([], 1)).toEqual([]);
  });

  it('refuses bounds that hold nothing, and rewards that are none', () => {
    expect(() => clipRewards([1], -1)).toThrow(RangeError);
    expect(() => clipRewards([1], Number.NaN)).toThrow(RangeError);
    expect(() => clipRewards([1], { min: 2, max: 1 })).toThrow('from 2 to 1');
    expect(() => clipRewards([Number.NaN], 1)).toThrow(RangeError);
  });
});
