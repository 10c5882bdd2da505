import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lengthPenalizedRewards } from './length-penalized-rewards.ts';

describe('lengthPenalizedRewards', () => {
  it('takes a share of the mean reward by count, then recentres', () => {
    // mean 0.5; output costs 0.5·(1, ½), turns 0.1·(½, 1) of it: 1 − 0.275, 0 − 0.175
    const output = { counts: [200, 100], weight: 0.5 };
    const turns = { counts: Int32Array.of(1, 2), weight: 0.1 };
    const shaped = lengthPenalizedRewards([1, 0], [output, turns], { recenter: false });
    expect(shaped).toEqual([expect.closeTo(0.725, 12), expect.closeTo(-0.175, 12)]);
    expect(lengthPenalizedRewards([1, 0], [output, turns])).toEqual([
      expect.closeTo(0.45, 12),
      expect.closeTo(-0.45, 12),
    ]);
  });

  it('is r − mean without penalties, and for a group that is never right', () => {
    expect(lengthPenalizedRewards([1, 0, 0.5], [])).toEqual([0.5, -0.5, 0]);
    expect(lengthPenalizedRewards([0, 0], [{ counts: [1, 9], weight: 1 }])).toEqual([0, 0]);
  });

  it('leaves unverifiable samples and their counts out', () => {
    const tokens = { counts: [50, 1e6, 100], weight: 0.5 };
    expect(lengthPenalizedRewards([1, null, 1], [tokens], { recenter: false })).toEqual([0.75, null, 0.5]);
    expect(lengthPenalizedRewards([null], [{ counts: [3], weight: 1 }])).toEqual([null]);
    expect(lengthPenalizedRewards([], [{ counts: [], weight: 1 }])).toEqual([]);
  });

  it('costs nothing where every count is 0', () => {
    expect(lengthPenalizedRewards([1, 0], [{ counts: [0, 0], weight: 1 }])).toEqual([0.5, -0.5]);
  });

  it('sums to 0 over the group', () => {
    const sample = fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: 0, max: 4096 }));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 12 }), (group) => {
        const penalty = { counts: group.map(([, count]) => count), weight: 0.3 };
        const rewards = group.map(([reward]) => reward);
        const sum = lengthPenalizedRewards(rewards, [penalty]).reduce<number>(
          (total, reward) => total + (reward ?? 0),
          0,
        );
        expect(sum).toBeCloseTo(0, 9);
      }),
    );
  });

  it('refuses counts that do not fit', () => {
    expect(() => lengthPenalizedRewards([1, 0], [{ counts: [1], weight: 1 }])).toThrow('a count per reward');
    expect(() => lengthPenalizedRewards([1], [{ counts: [-1], weight: 1 }])).toThrow(RangeError);
    expect(() => lengthPenalizedRewards([1], [{ counts: [1], weight: Number.NaN }])).toThrow(RangeError);
    expect(() => lengthPenalizedRewards([Number.NaN], [])).toThrow(RangeError);
  });
});
