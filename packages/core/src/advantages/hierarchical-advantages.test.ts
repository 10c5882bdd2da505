import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentTrajectory, hierarchicalAdvantages } from './hierarchical-advantages.ts';

const proposer = (episode: string | number, reward: number | null): AgentTrajectory => ({
  agent: 'proposer',
  episode,
  reward,
});
const solver = (episode: string | number, reward: number | null): AgentTrajectory => ({
  agent: 'solver',
  episode,
  reward,
});

describe('hierarchicalAdvantages', () => {
  it('compares solvers inside an episode and proposers across the group', () => {
    const trajectories = [proposer(0, 1), solver(0, 1), solver(0, 0), proposer(1, 0), solver(1, 4), solver(1, 2)];
    expect(hierarchicalAdvantages(trajectories)).toEqual([0.5, 0.5, -0.5, -0.5, 1, -1]);
  });

  it('lets the caller say who is compared inside an episode', () => {
    const trajectories = [solver(0, 1), solver(1, 0), proposer(0, 3), proposer(0, 1)];
    expect(hierarchicalAdvantages(trajectories, [])).toEqual([0.5, -0.5, 1, -1]);
    expect(hierarchicalAdvantages(trajectories, ['solver', 'proposer'])).toEqual([0, 0, 1, -1]);
  });

  it('gives 0 without a peer and leaves unverifiable rewards out', () => {
    expect(hierarchicalAdvantages([solver(0, 5), solver(0, null), proposer(0, 2)])).toEqual([0, null, 0]);
    expect(hierarchicalAdvantages([])).toEqual([]);
  });

  it('does not mix up names that contain separators, nor the episodes 1 and "1"', () => {
    const trajectories = [
      { agent: 'a,"b', episode: 'c', reward: 1 },
      { agent: 'a', episode: 'b",c', reward: 3 },
      { agent: 'a', episode: 1, reward: 7 },
      { agent: 'a', episode: '1', reward: 9 },
    ];
    expect(hierarchicalAdvantages(trajectories, ['a', 'a,"b'])).toEqual([0, 0, 0, 0]);
  });

  it('refuses NaN', () => {
    expect(() => hierarchicalAdvantages([solver(0, Number.NaN)])).toThrow(RangeError);
  });

  it('sums to 0 over the peers, in any order of the trajectories', () => {
    const trajectory = fc.record({
      agent: fc.constantFrom('solver', 'proposer'),
      episode: fc.nat(2),
      reward: fc.integer({ min: -5, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(trajectory, { maxLength: 12 }), (trajectories) => {
        const advantages = hierarchicalAdvantages(trajectories) as number[];
        const total = (keep: (one: AgentTrajectory) => boolean): number =>
          advantages.reduce((sum, value, i) => sum + (keep(trajectories[i] as AgentTrajectory) ? value : 0), 0);
        expect(total(({ agent }) => agent === 'proposer')).toBeCloseTo(0, 9);
        for (const episode of [0, 1, 2]) {
          expect(total((one) => one.agent === 'solver' && one.episode === episode)).toBeCloseTo(0, 9);
        }
        expect(hierarchicalAdvantages(trajectories.toReversed())).toEqual(
          advantages.toReversed().map((value): unknown => expect.closeTo(value, 9)),
        );
      }),
    );
  });
});
