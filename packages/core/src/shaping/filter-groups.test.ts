import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupRelativeAdvantages } from '../advantages/group-relative-advantages.ts';
import { ShapeError } from '../shape-error.ts';
import { filterGroups, type GroupRule } from './filter-groups.ts';

const groups = ['a', 'a', 'b', 'b', 'c', 'c', 'd'];

describe('filterGroups', () => {
  it('keeps groups that have a spread', () => {
    expect(filterGroups([1, 0, 1, 1, 0, 0, 1], groups, { rule: 'spread' })).toEqual({
      kept: ['a'],
      dropped: [
        { group: 'b', reason: 'no-spread' },
        { group: 'c', reason: 'no-spread' },
        { group: 'd', reason: 'single-value' },
      ],
      samples: [true, true, false, false, false, false, false],
    });
  });

  it('keeps what verl keeps: also groups of one', () => {
    expect(filterGroups([1, 0, 1, 1, 0, 0, 1], groups, { rule: 'spread', singleton: 'keep' }).kept).toEqual(['a', 'd']);
  });

  it('wants more spread than a threshold', () => {
    // population deviation 0.5, sample deviation 0.7071
    expect(filterGroups([1, 0], [0, 0], { rule: 'spread', above: 0.6 }).kept).toEqual([]);
    expect(filterGroups([1, 0], [0, 0], { rule: 'spread', above: 0.6, ddof: 1 }).kept).toEqual([0]);
    expect(filterGroups([1, 1 + 1e-7], [0, 0], { rule: 'spread', above: 1e-6 }).kept).toEqual([]);
    // equal values have no spread, whatever their sum rounds to
    expect(filterGroups([0.1, 0.1, 0.1], [0, 0, 0], { rule: 'spread' }).kept).toEqual([]);
  });

  it('keeps what OpenRLHF keeps: a mean strictly between', () => {
    const rule = { rule: 'mean-between', low: 0, high: 1 } as const;
    expect(filterGroups([1, 0, 1, 1, 0, 0, 0.5], groups, rule)).toEqual({
      kept: ['a', 'd'],
      dropped: [
        { group: 'b', reason: 'mean-too-high' },
        { group: 'c', reason: 'mean-too-low' },
      ],
      samples: [true, true, false, false, false, false, true],
    });
  });

  it('drops what Reinforce-Rej drops: all right or all wrong', () => {
    const values = [1, -1, 1, 0.5, -1, 0, 1];
    const { kept, dropped } = filterGroups(values, groups, { rule: 'mixed' });
    expect(kept).toEqual(['a']);
    expect(dropped.map(({ reason }) => reason)).toEqual(['all-correct', 'all-wrong', 'all-correct']);
    expect(filterGroups(values, groups, { rule: 'mixed', correctAbove: 0.5 }).kept).toEqual(['a', 'b']);
  });

  it('does not count unverifiable samples', () => {
    const { kept, dropped, samples } = filterGroups([1, null, null, 0, null], [0, 0, 1, 0, 1], { rule: 'spread' });
    expect(kept).toEqual([0]);
    expect(dropped).toEqual([{ group: 1, reason: 'unverifiable' }]);
    expect(samples).toEqual([true, true, false, true, false]);
    expect(filterGroups([], [], { rule: 'mixed' })).toEqual({ kept: [], dropped: [], samples: [] });
  });

  it('keeps by spread exactly the groups that GRPO can learn from', () => {
    const sample = fc.record({ value: fc.option(fc.constantFrom(0, 0.1, 1)), group: fc.constantFrom(0, 1, 2) });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 15 }), (batch) => {
        const values = batch.map(({ value }) => value);
        const ids = batch.map(({ group }) => group);
        const { kept, dropped } = filterGroups(values, ids, { rule: 'spread' });
        for (const group of new Set(ids)) {
          const advantages = groupRelativeAdvantages(values.filter((_, i) => ids[i] === group));
          expect(kept.includes(group)).toBe(advantages.some((advantage) => advantage !== null && advantage !== 0));
          expect(kept.includes(group)).toBe(!dropped.some((one) => one.group === group));
        }
      }),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => filterGroups([1], [], { rule: 'spread' })).toThrow(ShapeError);
    expect(() => filterGroups([Number.NaN], [0], { rule: 'spread' })).toThrow(RangeError);
    const wrong: readonly GroupRule[] = [
      { rule: 'spread', above: -1 },
      { rule: 'mean-between', low: 1, high: 1 },
      { rule: 'mean-between', low: Number.NaN, high: 1 },
      { rule: 'mixed', correctAbove: Number.NaN },
    ];
    for (const rule of wrong) expect(() => filterGroups([1], [0], rule)).toThrow(RangeError);
  });
});
