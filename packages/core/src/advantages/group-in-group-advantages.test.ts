import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnchoredTrajectory, groupInGroupAdvantages } from './group-in-group-advantages.ts';

// Steps as pairs of observation and reward.
const trajectory = (
  group: string,
  reward: number | null,
  ...steps: readonly (readonly [string, number])[]
): AnchoredTrajectory => ({
  group,
  reward,
  steps: steps.map(([observation, reward]) => ({ observation, reward })),
});

describe('groupInGroupAdvantages', () => {
  const two = [
    trajectory('t', 1, ['door', 0], ['hall', 0], ['door', 1]),
    trajectory('t', 0, ['door', 0], ['cellar', 0.5]),
  ];

  it('adds the episode advantage and that of the step against equal observations', () => {
    // returns 0.25, 0.5, 1 and 0.25, 0.5; at the door 0.25, 1, 0.25 of mean 0.5
    expect(groupInGroupAdvantages(two, { gamma: 0.5, stepWeight: 2 })).toEqual({
      episodeAdvantages: [0.5, -0.5],
      stepAdvantages: [
        [-0.25, 0, 0.5],
        [-0.25, 0],
      ],
      stepGroups: [
        [0, 1, 0],
        [0, 2],
      ],
      advantages: [
        [0, 0.5, 1.5],
        [-1, -0.5],
      ],
    });
  });

  it('divides both parts by their sample deviation if asked', () => {
    const { episodeAdvantages, stepAdvantages } = groupInGroupAdvantages(two, {
      gamma: 0.5,
      normalizeByStd: true,
      epsilon: 0,
    });
    expect(episodeAdvantages).toEqual([expect.closeTo(Math.SQRT1_2, 9), expect.closeTo(-Math.SQRT1_2, 9)]);
    // deviation of 0.25, 1, 0.25: √(0.375 / 2)
    const deviation = Math.sqrt(0.1875);
    expect(stepAdvantages).toEqual([
      [expect.closeTo(-0.25 / deviation, 9), 0, expect.closeTo(0.5 / deviation, 9)],
      [expect.closeTo(-0.25 / deviation, 9), 0],
    ]);
  });

  it('never compares steps of different groups', () => {
    const { stepGroups, advantages } = groupInGroupAdvantages([
      trajectory('a', 1, ['door', 5]),
      trajectory('b', 1, ['door', 0]),
    ]);
    expect(stepGroups).toEqual([[0], [1]]);
    expect(advantages).toEqual([[0], [0]]);
  });

  it('groups observations that are alike enough, by the first of each group', () => {
    const sharedStart = (a: string, b: string): number =>
      [...a].filter((letter, i) => letter === b[i]).length / Math.max(a.length, b.length);
    const batch = [trajectory('t', 0, ['abcd', 0], ['abcx', 2], ['abyx', 4]), trajectory('u', 0, ['abcd', 0])];
    const grouped = (similarityThreshold: number) =>
      groupInGroupAdvantages(batch, { similarity: sharedStart, similarityThreshold }).stepGroups;
    // the third is half like the first, three quarters like the second, which opens no group
    expect(grouped(0.75)).toEqual([[0, 0, 1], [2]]);
    expect(grouped(0.5)).toEqual([[0, 0, 0], [1]]);
    expect(groupInGroupAdvantages(batch, { similarity: sharedStart }).stepGroups).toEqual([[0, 1, 2], [3]]);
  });

  it('leaves trajectories without a verdict out of both parts', () => {
    const batch = [...two, trajectory('t', null, ['door', 100])];
    const { advantages, episodeAdvantages, stepAdvantages } = groupInGroupAdvantages(batch, { gamma: 0.5 });
    expect(episodeAdvantages).toEqual([0.5, -0.5, null]);
    expect(stepAdvantages.at(-1)).toEqual([null]);
    expect(advantages).toEqual([[0.25, 0.5, 1], [-0.75, -0.5], [null]]);
  });

  it('counts a trajectory without steps for the episodes', () => {
    const { advantages, episodeAdvantages } = groupInGroupAdvantages([
      trajectory('t', 2),
      trajectory('t', 0, ['door', 0]),
    ]);
    expect(episodeAdvantages).toEqual([1, -1]);
    expect(advantages).toEqual([[], [-1]]);
    expect(groupInGroupAdvantages([]).advantages).toEqual([]);
  });

  it('follows the policy for a lone trajectory', () => {
    expect(groupInGroupAdvantages([trajectory('t', 3, ['door', 1])]).advantages).toEqual([[0]]);
    expect(groupInGroupAdvantages([trajectory('t', 3, ['door', 1])], { singleton: 'reward' }).advantages).toEqual([
      [3],
    ]);
  });

  it('refuses rewards that are not finite', () => {
    expect(() => groupInGroupAdvantages([trajectory('t', Number.NaN)])).toThrow(RangeError);
    expect(() => groupInGroupAdvantages([trajectory('t', 1, ['door', Number.NaN])])).toThrow(RangeError);
  });

  it('both parts sum to 0 over their groups, and similarity 1 only for equals is the default', () => {
    const step = fc.record({ observation: fc.constantFrom('a', 'b', 'c'), reward: fc.integer({ min: -3, max: 3 }) });
    const batches = fc.array(
      fc.record({
        group: fc.constantFrom('t', 'u'),
        reward: fc.integer({ min: -3, max: 3 }),
        steps: fc.array(step, { maxLength: 4 }),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(batches, (batch) => {
        const result = groupInGroupAdvantages(batch);
        const sums = new Map<number, number>();
        result.stepGroups.flat().forEach((group, i) => {
          sums.set(group, (sums.get(group) ?? 0) + (result.stepAdvantages.flat()[i] ?? Number.NaN));
        });
        for (const sum of sums.values()) expect(sum).toBeCloseTo(0, 9);
        for (const group of ['t', 'u']) {
          const members = result.episodeAdvantages.filter((_, i) => batch[i]?.group === group) as number[];
          expect(members.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9);
        }
        expect(groupInGroupAdvantages(batch, { similarity: (a, b) => (a === b ? 1 : 0) })).toEqual(result);
      }),
    );
  });
});
