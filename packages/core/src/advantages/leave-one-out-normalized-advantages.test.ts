import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaveOneOutAdvantages } from './leave-one-out-advantages.ts';
import { leaveOneOutMoments, leaveOneOutNormalizedAdvantages } from './leave-one-out-normalized-advantages.ts';
import { perGroup } from './per-group.ts';

const close = (values: readonly number[], digits = 9): unknown[] =>
  values.map((value): unknown => expect.closeTo(value, digits));

// Statistics of a batch whose groups stand one after the other.
const momentsOf = (...groups: readonly (readonly (number | null)[])[]) => {
  const parts = groups.map((group) => leaveOneOutMoments(group));
  return {
    baselines: parts.flatMap(({ baselines }) => baselines),
    deviations: parts.flatMap(({ deviations }) => deviations),
  };
};

describe('leaveOneOutMoments', () => {
  it('equals NeMo-RL: rewards 1 to 6 of two prompts', () => {
    expect(momentsOf([1, 2, 3], [4, 5, 6])).toEqual({
      baselines: [2.5, 2, 1.5, 5.5, 5, 4.5],
      deviations: close([0.707107, 1.414214, 0.707107, 0.707107, 1.414214, 0.707107], 5),
    });
  });

  it('equals NeMo-RL: one sample, equal samples, groups of different sizes', () => {
    expect(momentsOf([2.5], [4])).toEqual({ baselines: [2.5, 4], deviations: [0, 0] });
    expect(momentsOf([3, 3, 3], [7, 7, 7])).toEqual({
      baselines: [3, 3, 3, 7, 7, 7],
      deviations: [0, 0, 0, 0, 0, 0],
    });
    expect(momentsOf([1, 2], [4, 5, 6])).toEqual({
      baselines: [2, 1, 5.5, 5, 4.5],
      deviations: close([0, 0, 0.707107, 1.414214, 0.707107], 5),
    });
  });

  it('equals NeMo-RL for the valid samples beside one that is not', () => {
    expect(leaveOneOutMoments([1, null, 3])).toEqual({ baselines: [3, null, 1], deviations: [0, null, 0] });
  });

  it('equals NeMo-RL over rewards of very different size', () => {
    expect(leaveOneOutMoments([1e8, 2e8, 3e8]).baselines).toEqual([2.5e8, 2e8, 1.5e8]);
    expect(leaveOneOutMoments([1e-8, 2e-8, 3e-8]).baselines).toEqual(close([2.5e-8, 2e-8, 1.5e-8], 16));
  });
});

describe('leaveOneOutNormalizedAdvantages', () => {
  it('divides by the deviation of the others', () => {
    // the others of 4 are 1 and 2: mean 1.5, deviation √½; those of 1: mean 3, deviation √2; those of 2: 2.5 and √4.5
    expect(leaveOneOutNormalizedAdvantages([1, 2, 4], { epsilon: 0 })).toEqual(
      close([-2 / Math.SQRT2, -0.5 / Math.sqrt(4.5), 2.5 / Math.SQRT1_2]),
    );
  });

  it('adds epsilon, and only subtracts where the others do not vary', () => {
    expect(leaveOneOutNormalizedAdvantages([0, 0, 1], { epsilon: 1 })).toEqual(
      close([-0.5 / (Math.SQRT1_2 + 1), -0.5 / (Math.SQRT1_2 + 1), 1]),
    );
    expect(leaveOneOutNormalizedAdvantages([1, 2])).toEqual([-1, 1]);
  });

  it('is RLOO without the deviation', () => {
    const rewards = [1, 2, null, 4];
    expect(leaveOneOutNormalizedAdvantages(rewards, { normalizeByStd: false })).toEqual(leaveOneOutAdvantages(rewards));
  });

  it('gives 0 to equal rewards and to a lone one, null to null, nothing for nothing', () => {
    expect(leaveOneOutNormalizedAdvantages([0.1, 0.1, 0.1, null])).toEqual([0, 0, 0, null]);
    expect(leaveOneOutNormalizedAdvantages([5, null])).toEqual([0, null]);
    expect(leaveOneOutNormalizedAdvantages([])).toEqual([]);
    expect(() => leaveOneOutNormalizedAdvantages([Number.POSITIVE_INFINITY])).toThrow(RangeError);
  });

  it('follows the order of the samples and is finite', () => {
    const rewards = fc.array(fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true })), { maxLength: 9 });
    fc.assert(
      fc.property(rewards, (group) => {
        const advantages = leaveOneOutNormalizedAdvantages(group);
        expect(advantages.every((value, i) => (value === null ? group[i] === null : Number.isFinite(value)))).toBe(
          true,
        );
        const back = leaveOneOutNormalizedAdvantages(group.toReversed(), { normalizeByStd: false }).toReversed();
        leaveOneOutNormalizedAdvantages(group, { normalizeByStd: false }).forEach((value, i) => {
          if (value !== null) expect(back[i]).toBeCloseTo(value, 6);
        });
      }),
    );
  });

  it('fits perGroup', () => {
    expect(perGroup([1, 5, 2, 5], ['a', 'b', 'a', 'b'], (group) => leaveOneOutNormalizedAdvantages(group))).toEqual([
      -1, 0, 1, 0,
    ]);
  });
});
