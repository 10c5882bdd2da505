import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mixedGroupAdvantages } from './mixed-group-advantages.ts';

describe('mixedGroupAdvantages', () => {
  it('keeps the rewards of a mixed group and drops the others', () => {
    expect(mixedGroupAdvantages([1, 0, 0.5])).toEqual([1, 0, 0.5]);
    expect(mixedGroupAdvantages([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
    expect(mixedGroupAdvantages([-1, -1])).toEqual([0, 0]);
  });

  it('does not take an unverifiable reward for another kind', () => {
    expect(mixedGroupAdvantages([1, null, 1])).toEqual([0, null, 0]);
    expect(mixedGroupAdvantages([1, null, 0])).toEqual([1, null, 0]);
    expect(mixedGroupAdvantages([null])).toEqual([null]);
    expect(mixedGroupAdvantages([])).toEqual([]);
  });

  it('follows the policy for a lone reward', () => {
    expect(mixedGroupAdvantages([2, null])).toEqual([0, null]);
    expect(mixedGroupAdvantages([2, null], { singleton: 'reward' })).toEqual([2, null]);
  });

  it('refuses NaN', () => {
    expect(() => mixedGroupAdvantages([1, Number.NaN])).toThrow(RangeError);
  });

  it('is all of the rewards or none', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 8 }), (group) => {
        const mixed = group.includes(0) && group.includes(1);
        expect(mixedGroupAdvantages(group)).toEqual(mixed ? group : group.map(() => 0));
      }),
    );
  });
});
