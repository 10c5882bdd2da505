import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupRelativeAdvantages } from './group-relative-advantages.ts';
import { leaveOneOutAdvantages } from './leave-one-out-advantages.ts';

describe('leaveOneOutAdvantages', () => {
  it('subtracts the mean of the others', () => {
    expect(leaveOneOutAdvantages([1, 2, 6])).toEqual([1 - 4, 2 - 3.5, 6 - 1.5]);
  });

  it('leaves unverifiable rewards out and gives them null', () => {
    expect(leaveOneOutAdvantages([6, null, 3])).toEqual([3, null, -3]);
  });

  it('follows the declared policy for a lone verifiable reward', () => {
    expect(leaveOneOutAdvantages([5, null])).toEqual([0, null]);
    expect(leaveOneOutAdvantages([5, null], { singleton: 'reward' })).toEqual([5, null]);
  });

  it('returns nothing for an empty group and refuses NaN', () => {
    expect(leaveOneOutAdvantages([])).toEqual([]);
    expect(() => leaveOneOutAdvantages([Number.NaN])).toThrow(RangeError);
  });

  it('is n/(n−1) times the group-relative advantage without normalisation', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 10 }), (rewards) => {
        const factor = rewards.length / (rewards.length - 1);
        const centred = groupRelativeAdvantages(rewards, { normalizeByStd: false }) as number[];
        (leaveOneOutAdvantages(rewards) as number[]).forEach((value, i) => {
          expect(value).toBeCloseTo(factor * (centred[i] as number), 9);
        });
      }),
    );
  });
});
