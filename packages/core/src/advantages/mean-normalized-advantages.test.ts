import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanNormalizedAdvantages } from './mean-normalized-advantages.ts';

const close = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 9));
const skyrl = { denominator: 'mean-plus-epsilon', singleton: 'reward' } as const;

describe('meanNormalizedAdvantages', () => {
  it('equals prime-rl: one success of four, none, and all', () => {
    expect(meanNormalizedAdvantages([1, 0, 0, 0])).toEqual([3, -1, -1, -1]);
    expect(meanNormalizedAdvantages([0, 0])).toEqual([0, 0]);
    expect(meanNormalizedAdvantages([1, 1])).toEqual([0, 0]);
  });

  it('equals SkyRL: [6, 3] and [9, 12] with epsilon', () => {
    expect(meanNormalizedAdvantages([6, 3], skyrl)).toEqual(close([1.5 / (4.5 + 1e-6), -1.5 / (4.5 + 1e-6)]));
    expect(meanNormalizedAdvantages([9, 12], skyrl)).toEqual(close([-1.5 / (10.5 + 1e-6), 1.5 / (10.5 + 1e-6)]));
    expect(meanNormalizedAdvantages([2], skyrl)).toEqual([2]);
  });

  it('gives 0 below a mean of 0, or turns round with epsilon', () => {
    expect(meanNormalizedAdvantages([-3, 1])).toEqual([0, 0]);
    expect(meanNormalizedAdvantages([-3, 1], { ...skyrl, epsilon: 0 })).toEqual([2, -2]);
  });

  it('leaves unverifiable rewards out and gives a lone one 0', () => {
    expect(meanNormalizedAdvantages([null, 1, 0])).toEqual([null, 1, -1]);
    expect(meanNormalizedAdvantages([2, null])).toEqual([0, null]);
    expect(meanNormalizedAdvantages([null])).toEqual([null]);
    expect(meanNormalizedAdvantages([])).toEqual([]);
  });

  it('gives equal rewards exactly 0, also where the denominator is 0', () => {
    expect(meanNormalizedAdvantages([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
    expect(meanNormalizedAdvantages([0, 0], { ...skyrl, epsilon: 0 })).toEqual([0, 0]);
  });

  it('refuses rewards that are not finite and a denominator of 0', () => {
    expect(() => meanNormalizedAdvantages([1, Number.NaN])).toThrow(RangeError);
    expect(() => meanNormalizedAdvantages([-1, 1], { ...skyrl, epsilon: 0 })).toThrow(RangeError);
  });

  it('sums to 0 over a group, follows the order and does not change with the scale of the rewards', () => {
    const rewards = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(rewards, fc.integer({ min: 1, max: 9 }), (group, factor) => {
        const advantages = meanNormalizedAdvantages(group) as number[];
        expect(advantages.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 8);
        expect(meanNormalizedAdvantages(group.toReversed())).toEqual(close(advantages.toReversed()));
        expect(meanNormalizedAdvantages(group.map((reward) => reward * factor))).toEqual(close(advantages));
      }),
    );
  });
});
