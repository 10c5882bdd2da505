import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampedGroupAdvantages } from './clamped-group-advantages.ts';
import { groupRelativeAdvantages } from './group-relative-advantages.ts';

describe('clampedGroupAdvantages', () => {
  it('is the group advantage inside the bounds and the bound outside', () => {
    // mean 2, deviation 4: squares 3·4 + 36, over 3
    expect(clampedGroupAdvantages([0, 0, 0, 8], { epsilon: 0, clampMax: 1 })).toEqual([-0.5, -0.5, -0.5, 1]);
    expect(clampedGroupAdvantages([0, 0, 0, -8], { epsilon: 0, clampMax: 1 })).toEqual([0.5, 0.5, 0.5, -1]);
  });

  it('has the bound 5 and the epsilon 1e-8 of DanceGRPO', () => {
    // 99 zeros and a one: (1 − 0.01) / 0.1
    const rewards = [1, ...new Array<number>(99).fill(0)];
    expect(clampedGroupAdvantages(rewards)[0]).toBe(5);
    expect(clampedGroupAdvantages([0, 1e-8])).toEqual([
      expect.closeTo(-0.5e-8 / (Math.SQRT1_2 * 1e-8 + 1e-8), 9),
      expect.closeTo(0.5e-8 / (Math.SQRT1_2 * 1e-8 + 1e-8), 9),
    ]);
  });

  it('gives 0 to equal rewards and to a lone one, null to null, nothing for nothing', () => {
    expect(clampedGroupAdvantages([0.1, 0.1, 0.1, null])).toEqual([0, 0, 0, null]);
    expect(clampedGroupAdvantages([3, null])).toEqual([0, null]);
    expect(clampedGroupAdvantages([])).toEqual([]);
  });

  it.each([0, -1, Number.NaN])('refuses a bound of %s', (clampMax) => {
    expect(() => clampedGroupAdvantages([1, 2], { clampMax })).toThrow(RangeError);
  });

  it('never leaves the bounds and changes nothing when they are wide', () => {
    const rewards = fc.array(fc.integer({ min: -100, max: 100 }), { maxLength: 12 });
    fc.assert(
      fc.property(rewards, fc.double({ min: 0.01, max: 2, noNaN: true }), (group, clampMax) => {
        const clamped = clampedGroupAdvantages(group, { clampMax }) as number[];
        expect(clamped.every((value) => Math.abs(value) <= clampMax)).toBe(true);
        expect(clampedGroupAdvantages(group, { clampMax: 1e9 })).toEqual(
          groupRelativeAdvantages(group, { epsilon: 1e-8 }),
        );
      }),
    );
  });
});
