import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drGrpoAdvantages, groupRelativeAdvantages } from './group-relative-advantages.ts';

const close = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 9));

describe('groupRelativeAdvantages', () => {
  it('subtracts the mean and divides by the sample deviation', () => {
    // mean 2, deviation 1
    expect(groupRelativeAdvantages([1, 2, 3], { epsilon: 0 })).toEqual(close([-1, 0, 1]));
  });

  it('divides by the population deviation with ddof 0', () => {
    // deviation of 0, 2 over n: 1
    expect(groupRelativeAdvantages([0, 2], { ddof: 0, epsilon: 0 })).toEqual(close([-1, 1]));
  });

  it('adds epsilon to the deviation', () => {
    expect(groupRelativeAdvantages([0, 2], { ddof: 0, epsilon: 1 })).toEqual(close([-0.5, 0.5]));
  });

  it('divides by the floor where the deviation is less', () => {
    // deviation √2/8
    expect(groupRelativeAdvantages([0, 0.25], { deviationFloor: 0.5, epsilon: 0 })).toEqual([-0.25, 0.25]);
    expect(groupRelativeAdvantages([0, 2], { deviationFloor: 0.5, epsilon: 0 })).toEqual(
      close([-Math.SQRT1_2, Math.SQRT1_2]),
    );
    expect(groupRelativeAdvantages([1, 1], { deviationFloor: 0.5 })).toEqual([0, 0]);
  });

  it('only subtracts the mean without normalisation (Dr.GRPO)', () => {
    expect(groupRelativeAdvantages([6, 3], { normalizeByStd: false })).toEqual([1.5, -1.5]);
    expect(drGrpoAdvantages([6, null, 3])).toEqual([1.5, null, -1.5]);
  });

  it('leaves unverifiable rewards out of the statistics and gives them null', () => {
    expect(groupRelativeAdvantages([null, 6, null, 3], { normalizeByStd: false })).toEqual([null, 1.5, null, -1.5]);
    expect(groupRelativeAdvantages([null, null])).toEqual([null, null]);
  });

  it('gives exactly 0 to equal rewards, whatever rounding their sum has', () => {
    expect(groupRelativeAdvantages([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
  });

  it('follows the declared policy for a lone verifiable reward', () => {
    expect(groupRelativeAdvantages([2, null])).toEqual([0, null]);
    expect(groupRelativeAdvantages([2, null], { singleton: 'reward' })).toEqual([
      expect.closeTo(2 / (1 + 1e-6), 12),
      null,
    ]);
    expect(groupRelativeAdvantages([2], { singleton: 'reward', normalizeByStd: false })).toEqual([2]);
  });

  it('gives equal rewards 0 also for an epsilon of 0', () => {
    expect(groupRelativeAdvantages([0.1, 0.1, 0.1], { epsilon: 0 })).toEqual([0, 0, 0]);
  });

  it('says when rewards are too large, instead of NaN', () => {
    expect(() => groupRelativeAdvantages([1e308, -1e308])).toThrow(RangeError);
  });

  it('returns nothing for an empty group', () => {
    expect(groupRelativeAdvantages([])).toEqual([]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a reward of %s', (reward) => {
    expect(() => groupRelativeAdvantages([1, reward])).toThrow(RangeError);
  });

  it('sums to 0 over a group and does not change when all rewards shift', () => {
    const rewards = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(rewards, fc.integer({ min: -50, max: 50 }), (group, shift) => {
        const advantages = groupRelativeAdvantages(group) as number[];
        expect(advantages.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
        const shifted = groupRelativeAdvantages(group.map((reward) => reward + shift)) as number[];
        advantages.forEach((advantage, i) => expect(shifted[i]).toBeCloseTo(advantage, 6));
      }),
    );
  });
});
