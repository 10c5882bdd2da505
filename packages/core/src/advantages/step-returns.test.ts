import { describe, expect, it } from 'vitest';
import { stepReturns } from './step-returns.ts';

describe('stepReturns', () => {
  it('adds what follows, discounted', () => {
    expect(stepReturns([1, 2, 4], 0.5)).toEqual([3, 4, 4]);
    expect(stepReturns([1, 2, 4])).toEqual([7, 6, 4]);
    expect(stepReturns([1, 2, 4], 0)).toEqual([1, 2, 4]);
  });

  it('takes typed arrays and no steps at all', () => {
    expect(stepReturns(Float32Array.of(0, 1), 0.5)).toEqual([0.5, 1]);
    expect(stepReturns([])).toEqual([]);
  });

  it('refuses what is not finite', () => {
    expect(() => stepReturns([1, Number.NaN])).toThrow(RangeError);
    expect(() => stepReturns([1], Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });
});
