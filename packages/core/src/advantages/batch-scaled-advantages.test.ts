import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { batchScaledAdvantages } from './batch-scaled-advantages.ts';

const near = (values: readonly (number | null)[]): unknown[] =>
  values.map((value): unknown => (value === null ? null : expect.closeTo(value, 9)));

describe('batchScaledAdvantages', () => {
  it('centres by group and scales by the batch', () => {
    // batch 0, 2, 4, 6: sample deviation √(20/3)
    const scale = Math.sqrt(20 / 3);
    const advantages = batchScaledAdvantages([0, 4, 2, 6], ['a', 'b', 'a', 'b'], { epsilon: 0 });
    expect(advantages).toEqual(near([-1 / scale, -1 / scale, 1 / scale, 1 / scale]));
  });

  it('adds epsilon to the deviation', () => {
    expect(batchScaledAdvantages([0, Math.SQRT2], [1, 1], { epsilon: 1 })).toEqual(
      near([-Math.SQRT2 / 4, Math.SQRT2 / 4]),
    );
  });

  it('leaves unverifiable rewards out, and gives 0 to a lone one and to equal ones', () => {
    expect(batchScaledAdvantages([null, 3, 1, 1], [1, 1, 2, 2], { epsilon: 0 })).toEqual([null, 0, 0, 0]);
    expect(batchScaledAdvantages([1, 1], [1, 1], { epsilon: 0 })).toEqual([0, 0]);
    expect(batchScaledAdvantages([], [])).toEqual([]);
  });

  it('refuses rewards without a group, and NaN', () => {
    expect(() => batchScaledAdvantages([1, 2], [1])).toThrow(ShapeError);
    expect(() => batchScaledAdvantages([Number.NaN], [1])).toThrow(RangeError);
  });
});
