import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchScaledAdvantages } from '../advantages/batch-scaled-advantages.ts';
import { groupRelativeAdvantages } from '../advantages/group-relative-advantages.ts';
import { leaveOneOutAdvantages } from '../advantages/leave-one-out-advantages.ts';
import { perGroup } from '../advantages/per-group.ts';
import { ShapeError } from '../shape-error.ts';
import { type NormalizeRewardsOptions, normalizeRewards } from './normalize-rewards.ts';
import { updateRunningMoments } from './running-moments.ts';

const one = (rewards: readonly (number | null)[]) => rewards.map(() => 'g');
const close = (values: readonly (number | null)[], digits = 12): unknown[] =>
  values.map((value) => (value === null ? null : (expect.closeTo(value, digits) as unknown)));

describe('normalizeRewards', () => {
  const alone: NormalizeRewardsOptions = { stdLevel: 'none' };

  it('gives what AReaL gives for a mean that leaves the sample out', () => {
    const leaveOneOut = { ...alone, leaveOneOut: true };
    expect(normalizeRewards([1, 2, 3, 4], one([1, 2, 3, 4]), leaveOneOut)).toEqual(close([-2, -2 / 3, 2 / 3, 2]));
    expect(normalizeRewards([10, 20, 30], one([1, 2, 3]), leaveOneOut)).toEqual(close([-15, 0, 15]));
    const sparse = [0, 0, 1, 0, 0, 0];
    expect(normalizeRewards(sparse, one(sparse), leaveOneOut)).toEqual(close([-0.2, -0.2, 1, -0.2, -0.2, -0.2]));
    expect(normalizeRewards([5], ['g'], { ...leaveOneOut, singleton: 'reward' })).toEqual([5]);
    expect(normalizeRewards([5], ['g'], leaveOneOut)).toEqual([0]);
  });

  it('gives what AReaL gives for masked values, here null: mean 5, deviation of the population √(52/6)', () => {
    const rewards = [1, 2, null, 4, null, 6, null, 8, 9];
    const deviation = Math.sqrt(52 / 6);
    expect(normalizeRewards(rewards, one(rewards), { unbiased: false, epsilon: 0 })).toEqual(
      close(rewards.map((reward) => (reward === null ? null : (reward - 5) / deviation))),
    );
  });

  it('gives what AReaL gives for a deviation after leave-one-out: [−0.9258, −0.4629, 0, 1.3887]', () => {
    const rewards = [1, 2, 3, null, null, 6];
    expect(normalizeRewards(rewards, one(rewards), { leaveOneOut: true })).toEqual(
      close([-0.9258, -0.4629, 0, null, null, 1.3887], 3),
    );
  });

  it('gives what AReaL gives for both deviations: they differ by √(n/(n−1))', () => {
    const [unbiased] = normalizeRewards([1, 2, 3], one([1, 2, 3]), { epsilon: 0 });
    const [biased] = normalizeRewards([1, 2, 3], one([1, 2, 3]), { epsilon: 0, unbiased: false });
    expect(unbiased).toBe(-1);
    expect(biased).toBeCloseTo(-Math.sqrt(3 / 2), 12);
  });

  it('gives what AReaL gives for one sample per group: the reward by 1, or 0', () => {
    const levels = { meanLevel: 'group', stdLevel: 'group', leaveOneOut: true, epsilon: 0 } as const;
    expect(normalizeRewards([3, 7], [0, 1], { ...levels, singleton: 'reward' })).toEqual([3, 7]);
    expect(normalizeRewards([3, 7], [0, 1], levels)).toEqual([0, 0]);
  });

  it('takes the deviation of a level about the mean of another', () => {
    // batch mean 4; group a: −3 −1, √(9 + 1) = √10; group b: 1 3, the same
    const mixed = normalizeRewards([1, 3, 5, 7], [0, 0, 1, 1], { stdLevel: 'group', epsilon: 0 });
    expect(mixed).toEqual(close([-3, -1, 1, 3].map((centred) => centred / Math.sqrt(10))));
    // no mean: √(1 + 9 + 25 + 49)/√4
    const scaled = normalizeRewards([1, 3, 5, 7], [0, 0, 1, 1], { meanLevel: 'none', unbiased: false, epsilon: 0 });
    expect(scaled).toEqual(close([1, 3, 5, 7].map((reward) => reward / Math.sqrt(21))));
  });

  it('normalises by every step so far', () => {
    const running = updateRunningMoments([2, 4], updateRunningMoments([0, 2]));
    const levels = { meanLevel: 'running', stdLevel: 'running', running, epsilon: 0 } as const;
    // mean 2, deviation √(8/3)
    expect(normalizeRewards([2, null, 4], [0, 1, 2], levels)).toEqual(close([0, null, 2 / Math.sqrt(8 / 3)]));
    expect(() => normalizeRewards([1], [0], { meanLevel: 'running' })).toThrow('needs the option running');
  });

  it('is 0 for equal rewards, whatever epsilon', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (reward, count, leaveOneOut) => {
          const rewards = Array.from({ length: count }, () => reward);
          expect(normalizeRewards(rewards, one(rewards), { epsilon: 0, leaveOneOut })).toEqual(rewards.map(() => 0));
        },
      ),
    );
  });

  const batch = fc.array(
    fc.record({
      reward: fc.option(fc.double({ min: -100, max: 100, noNaN: true })),
      group: fc.constantFrom('a', 'b', 'c'),
    }),
    { maxLength: 20 },
  );

  it('is GRPO, Dr.GRPO, RLOO and Lite PPO by its levels', () => {
    fc.assert(
      fc.property(batch, (samples) => {
        const rewards = samples.map(({ reward }) => reward);
        const groups = samples.map(({ group }) => group);
        const epsilon = 1e-4;
        const normalized = (options: NormalizeRewardsOptions) =>
          normalizeRewards(rewards, groups, { meanLevel: 'group', epsilon, ...options });
        expect(normalized({ stdLevel: 'group' })).toEqual(
          close(
            perGroup(rewards, groups, (group) => groupRelativeAdvantages(group, { epsilon })),
            6,
          ),
        );
        expect(normalized({ stdLevel: 'none' })).toEqual(
          close(
            perGroup(rewards, groups, (group) => groupRelativeAdvantages(group, { normalizeByStd: false })),
            9,
          ),
        );
        expect(normalized({ stdLevel: 'none', leaveOneOut: true })).toEqual(
          close(
            perGroup(rewards, groups, (group) => leaveOneOutAdvantages(group)),
            6,
          ),
        );
        // TRL's deviation of the batch is about the batch mean, AReaL's about the group means: equal for one group.
        expect(normalizeRewards(rewards, one(rewards), { meanLevel: 'group', epsilon })).toEqual(
          close(batchScaledAdvantages(rewards, one(rewards), { epsilon }), 6),
        );
      }),
    );
  });

  it('does not depend on the order of samples', () => {
    fc.assert(
      fc.property(batch, fc.constantFrom('batch' as const, 'group' as const, 'none' as const), (samples, stdLevel) => {
        const run = (list: typeof samples) =>
          normalizeRewards(
            list.map(({ reward }) => reward),
            list.map(({ group }) => group),
            { meanLevel: 'group', stdLevel },
          );
        expect(run(samples.toReversed()).toReversed()).toEqual(close(run(samples), 6));
      }),
    );
  });

  it('leaves a batch without verdicts so', () => {
    expect(normalizeRewards([], [])).toEqual([]);
    expect(normalizeRewards([null, null], [0, 0], { leaveOneOut: true })).toEqual([null, null]);
  });

  it('refuses what does not fit, instead of NaN', () => {
    expect(() => normalizeRewards([1], [])).toThrow(ShapeError);
    expect(() => normalizeRewards([Number.NaN], [0])).toThrow(RangeError);
    expect(() => normalizeRewards([1e300, -1e300], [0, 0])).toThrow('cannot be averaged');
    expect(() => normalizeRewards([1e308, 1e308, 0], [0, 0, 0], alone)).toThrow('cannot be averaged');
    expect(() => normalizeRewards([1, 2], [0, 0], { epsilon: -1 })).toThrow('epsilon');
  });
});
