import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drGrpoAdvantages, groupRelativeAdvantages } from './group-relative-advantages.ts';
import { leaveOneOutAdvantages } from './leave-one-out-advantages.ts';
import { lengthWeightedAdvantages } from './length-weighted-advantages.ts';
import { meanNormalizedAdvantages } from './mean-normalized-advantages.ts';
import { perGroup } from './per-group.ts';

// Numbers that peers assert in their own tests, under the name of the peer, and identities between estimators.
describe('golden values', () => {
  it('SkyRL: RLOO over groups of two, two and one, with 0 for the lone sample', () => {
    const advantages = perGroup([6, 3, 9, 12, 1], ['a', 'a', 'b', 'b', 'c'], (group) => leaveOneOutAdvantages(group));
    expect(advantages).toEqual([3, -3, -3, 3, 0]);
  });

  it('SkyRL: GRPO without the deviation', () => {
    expect(drGrpoAdvantages([6, 3])).toEqual([1.5, -1.5]);
  });

  it('NeMo-RL and ROLL: a right and a wrong sample are ±.7071 apart from their deviation', () => {
    const [right, wrong] = groupRelativeAdvantages([1, 0]);
    expect([right, wrong]).toEqual([expect.closeTo(0.7071, 4), expect.closeTo(-0.7071, 4)]);
    expect(perGroup([0, 1, 1, 1], [0, 0, 1, 1], (group) => groupRelativeAdvantages(group))).toEqual([
      expect.closeTo(-0.7071, 4),
      expect.closeTo(0.7071, 4),
      0,
      0,
    ]);
  });
});

describe('identities', () => {
  const rewards = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 8 });
  const total = (values: readonly (number | null)[]) =>
    values.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0);

  it('GRPO, Dr.GRPO, RLOO, MaxRL and OPO with equal lengths add up to 0 in a group', () => {
    fc.assert(
      fc.property(rewards, (group) => {
        expect(total(groupRelativeAdvantages(group))).toBeCloseTo(0, 6);
        expect(total(drGrpoAdvantages(group))).toBeCloseTo(0, 9);
        expect(total(leaveOneOutAdvantages(group))).toBeCloseTo(0, 9);
        expect(total(meanNormalizedAdvantages(group))).toBeCloseTo(0, 9);
        expect(total(lengthWeightedAdvantages(group.map((reward) => ({ reward, tokenCount: 7 }))))).toBeCloseTo(0, 9);
      }),
    );
  });

  it('RLOO is n/(n−1) times GRPO without the deviation', () => {
    fc.assert(
      fc.property(rewards, (group) => {
        const plain = drGrpoAdvantages(group);
        leaveOneOutAdvantages(group).forEach((advantage, i) => {
          expect(advantage).toBeCloseTo((group.length / (group.length - 1)) * (plain[i] ?? Number.NaN), 9);
        });
      }),
    );
  });

  it('constant rewards move nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.integer({ min: 2, max: 6 }), (reward, size) => {
        const group = new Array<number>(size).fill(reward);
        expect(groupRelativeAdvantages(group)).toEqual(group.map(() => 0));
        expect(leaveOneOutAdvantages(group).map((advantage) => Math.abs(advantage ?? 1) < 1e-9)).toEqual(
          group.map(() => true),
        );
      }),
    );
  });
});
