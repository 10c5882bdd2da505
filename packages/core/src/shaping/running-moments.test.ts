import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeRunningMoments, type RunningMoments, runningDeviation, updateRunningMoments } from './running-moments.ts';

const batch = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { maxLength: 12 });

describe('running moments', () => {
  it('adds batches', () => {
    const first = updateRunningMoments([0, 2]);
    expect(first).toEqual({ count: 2, mean: 1, variance: 1 });
    const second = updateRunningMoments([2, null, 4], first);
    expect(second).toEqual({ count: 4, mean: 2, variance: 2 });
    // (4 + 0 + 0 + 4) / 3
    expect(runningDeviation(second)).toBeCloseTo(Math.sqrt(8 / 3), 12);
  });

  it('does not move for a batch without verdicts', () => {
    const known = { count: 3, mean: 1, variance: 2 };
    expect(updateRunningMoments([null], known)).toEqual(known);
    expect(updateRunningMoments([], known)).toEqual(known);
    expect(updateRunningMoments([null])).toEqual({ count: 0, mean: 0, variance: 0 });
  });

  it('has a deviation of 1 before the second reward', () => {
    expect(runningDeviation(updateRunningMoments([]))).toBe(1);
    expect(runningDeviation(updateRunningMoments([5]))).toBe(1);
    expect(runningDeviation(updateRunningMoments([5, 5]))).toBe(0);
  });

  it('counts the same in any split, also through a checkpoint', () => {
    fc.assert(
      fc.property(batch, batch, (left, right) => {
        const restored = JSON.parse(JSON.stringify(updateRunningMoments(left))) as RunningMoments;
        const split = updateRunningMoments(right, restored);
        const swapped = mergeRunningMoments(updateRunningMoments(right), updateRunningMoments(left));
        const whole = updateRunningMoments([...left, ...right]);
        for (const moments of [split, swapped]) {
          expect(moments.count).toBe(whole.count);
          expect(moments.mean).toBeCloseTo(whole.mean, 9);
          expect(moments.variance).toBeCloseTo(whole.variance, 7);
        }
      }),
    );
  });

  it('keeps its precision far from 0', () => {
    const moments = updateRunningMoments([1e9 + 3, 1e9 + 4], updateRunningMoments([1e9 + 1, 1e9 + 2]));
    expect(moments).toEqual({ count: 4, mean: 1e9 + 2.5, variance: 1.25 });
  });

  it('refuses what are no moments, and rewards that are none', () => {
    expect(() => updateRunningMoments([1], { count: -1, mean: 0, variance: 0 })).toThrow(RangeError);
    expect(() => updateRunningMoments([1], { count: 1, mean: Number.NaN, variance: 0 })).toThrow(RangeError);
    expect(() => updateRunningMoments([1], { count: 1, mean: 0, variance: -1 })).toThrow(RangeError);
    expect(() => updateRunningMoments([Number.POSITIVE_INFINITY])).toThrow(RangeError);
    expect(() => updateRunningMoments([1e200], { count: 1, mean: -1e200, variance: 0 })).toThrow('variance');
  });
});
