import { describe, expect, it } from 'vitest';
import { groupRelativeAdvantages } from './group-relative-advantages.ts';
import { lengthWeightedAdvantages } from './length-weighted-advantages.ts';

const samples = (rewards: readonly (number | null)[], tokenCounts: readonly number[]) =>
  rewards.map((reward, i) => ({ reward, tokenCount: tokenCounts[i] ?? 0 }));

describe('lengthWeightedAdvantages', () => {
  it('weighs the baseline by tokens', () => {
    // (1·1 + 0·3 + 2·4) / 8 = 1.125
    expect(lengthWeightedAdvantages(samples([1, 0, 2], [1, 3, 4]))).toEqual([-0.125, -1.125, 0.875]);
  });

  it('is the plain group mean when all lengths are equal', () => {
    const rewards = [1, 0, 0.5, 0.25];
    expect(lengthWeightedAdvantages(samples(rewards, [3, 3, 3, 3]))).toEqual(
      groupRelativeAdvantages(rewards, { normalizeByStd: false }),
    );
  });

  it('leaves unverifiable rewards out, and follows the policy for a lone one', () => {
    expect(lengthWeightedAdvantages(samples([1, null, 3], [1, 100, 1]))).toEqual([-1, null, 1]);
    expect(lengthWeightedAdvantages(samples([2, null], [1, 1]))).toEqual([0, null]);
    expect(lengthWeightedAdvantages(samples([2, null], [1, 1]), { singleton: 'reward' })).toEqual([2, null]);
  });

  it('has baseline 0 without any token, nothing for nothing, and refuses NaN', () => {
    expect(lengthWeightedAdvantages(samples([2, 3], [0, 0]))).toEqual([2, 3]);
    expect(lengthWeightedAdvantages([])).toEqual([]);
    expect(() => lengthWeightedAdvantages(samples([Number.NaN], [1]))).toThrow(RangeError);
  });
});
