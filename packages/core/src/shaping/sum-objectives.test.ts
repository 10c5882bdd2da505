import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { sumObjectives } from './sum-objectives.ts';

describe('sumObjectives', () => {
  it('sums what is there, as TRL: None is left out, all None is None', () => {
    const objectives = [{ rewards: [1, null, null, 0] }, { rewards: [2, 4, null, -1], weight: 0.5 }];
    expect(sumObjectives(objectives)).toEqual([2, 2, null, -0.5]);
  });

  it('tells a reward of 0 from none', () => {
    expect(sumObjectives([{ rewards: [0, null] }])).toEqual([0, null]);
    expect(sumObjectives([{ rewards: [3, null], weight: 0 }])).toEqual([0, null]);
    expect(sumObjectives([{ rewards: [] }, { rewards: [] }])).toEqual([]);
  });

  it('does not depend on the order of objectives', () => {
    const rewards = fc.array(fc.option(fc.integer({ min: -9, max: 9 })), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ rewards, weight: fc.integer({ min: -3, max: 3 }) }), { minLength: 1 }),
        (list) => {
          const positive = (values: readonly (number | null)[]) =>
            values.map((value) => (value === null ? null : value + 0));
          expect(positive(sumObjectives(list.toReversed()))).toEqual(positive(sumObjectives(list)));
        },
      ),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => sumObjectives([])).toThrow(RangeError);
    expect(() => sumObjectives([{ rewards: [1] }, { rewards: [] }])).toThrow(ShapeError);
    expect(() => sumObjectives([{ rewards: [1], weight: Number.NaN }])).toThrow('weight');
    expect(() => sumObjectives([{ rewards: [Number.NaN] }])).toThrow(RangeError);
    expect(() => sumObjectives([{ rewards: [1e308] }, { rewards: [1e308] }])).toThrow(RangeError);
  });
});
