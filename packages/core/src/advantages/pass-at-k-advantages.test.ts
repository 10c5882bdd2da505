import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { passAtKAdvantages } from './pass-at-k-advantages.ts';

describe('passAtKAdvantages', () => {
  it('gives the best its lead over the second, in deviations', () => {
    // sample deviation of 0, 2, 4 is 2
    expect(passAtKAdvantages([0, 4, 2], { epsilon: 0 })).toEqual([0, 1, 0]);
    expect(passAtKAdvantages([0, 4, 2], { epsilon: 2 })).toEqual([0, 0.5, 0]);
    expect(passAtKAdvantages([0, 4, 2], { normalizeByStd: false })).toEqual([0, 2, 0]);
  });

  it('gives 0 to a tie at the top, also when all are equal', () => {
    expect(passAtKAdvantages([3, 1, 3])).toEqual([0, 0, 0]);
    expect(passAtKAdvantages([0.1, 0.1, 0.1], { epsilon: 0 })).toEqual([0, 0, 0]);
  });

  it('leaves unverifiable rewards out', () => {
    expect(passAtKAdvantages([null, 1, 3], { normalizeByStd: false })).toEqual([null, 0, 2]);
  });

  it('refuses groups of one and NaN', () => {
    expect(() => passAtKAdvantages([1, null])).toThrow(ShapeError);
    expect(() => passAtKAdvantages([])).toThrow(ShapeError);
    expect(() => passAtKAdvantages([1, Number.NaN])).toThrow(RangeError);
  });
});
