import { checkRewards } from '../advantages/check-rewards.ts';
import { moments } from '../advantages/moments.ts';
import { perGroup } from '../advantages/per-group.ts';
import { ShapeError } from '../shape-error.ts';
import { checkFinite, checkWithin } from './check-within.ts';
import { type RunningMoments, runningDeviation } from './running-moments.ts';

/** Over which rewards a statistic is taken: the batch, the sample's group, every step so far, or not at all. */
export type NormalizationLevel = 'batch' | 'group' | 'none' | 'running';

/** Options of `normalizeRewards`. */
export interface NormalizeRewardsOptions {
  /** Whose mean is subtracted. Default `batch`. */
  readonly meanLevel?: NormalizationLevel;
  /** Whose deviation divides. Default `batch`. */
  readonly stdLevel?: NormalizationLevel;
  /** The mean is that of the other samples. Default `false`. */
  readonly leaveOneOut?: boolean;
  /** Deviation ÷(n−1) instead of ÷n. Default `true`. */
  readonly unbiased?: boolean;
  /** Added to the deviation. Default 1e-5 (AReaL). */
  readonly epsilon?: number;
  /** With `leaveOneOut`, what a sample without others gets: 0, or its reward (early AReaL). Default `zero`. */
  readonly singleton?: 'reward' | 'zero';
  /** For level `running`: the moments so far, this batch added first (ROLL). */
  readonly running?: RunningMoments;
}

/**
 * Rewards less a mean, by a deviation, each taken at a level of its own: `(r_i − mean_i) / (std_i + epsilon)`.
 *
 * The deviation is that of the centred rewards about 0, `√(Σ (r_j − mean_j)² / (n − 1))`, as in AReaL: after a mean of
 * another level, or one that leaves the sample out, it is larger than the deviation about the level's own mean. One
 * reward has an unbiased deviation of 1. At level `running` mean and deviation are those of the moments.
 *
 * `null` (unverifiable) rewards take no part and yield `null`. Rewards that are all at their mean become exactly 0.
 *
 * AReaL's NormConfig: mean and std `group` is GRPO, std `none` Dr.GRPO, with `leaveOneOut` RLOO, std `batch` Lite PPO.
 * ROLL's `norm_mean_type` and `norm_std_type`, whose deviation is always about the level's own mean.
 *
 * @param rewards one per sample of the batch; `null` where no verdict was possible
 * @param groups the group (prompt) each sample belongs to
 * @returns one per reward, in the same order
 * @throws ShapeError when lengths differ
 * @throws RangeError when a reward is not finite, too large for its square, or level `running` has no moments
 * @example
 * ```ts
 * const groups = ['a', 'a', 'b', 'b'];
 * normalizeRewards([1, 3, 5, 7], groups, { stdLevel: 'none' }); // => [-3, -1, 1, 3]
 * const rloo = { meanLevel: 'group', stdLevel: 'none', leaveOneOut: true } as const;
 * normalizeRewards([1, 3, 5, 7], groups, rloo); // => [-2, 2, -2, 2]
 * ```
 */
export function normalizeRewards(
  rewards: readonly (number | null)[],
  groups: readonly (string | number)[],
  options: NormalizeRewardsOptions = {},
): (number | null)[] {
  const caller = 'normalizeRewards';
  const { meanLevel = 'batch', stdLevel = 'batch', epsilon = 1e-5, running } = options;
  checkRewards(caller, rewards);
  checkWithin(caller, { epsilon }, [0, Number.MAX_VALUE]);
  if (rewards.length !== groups.length) {
    throw new ShapeError(caller, 'one group per reward', { rewards: [rewards.length], groups: [groups.length] });
  }
  if (running === undefined && (meanLevel === 'running' || stdLevel === 'running')) {
    throw new RangeError(`${caller}: level running needs the option running`);
  }
  const atLevel = (level: NormalizationLevel, values: Rewards, estimate: (values: Rewards) => Rewards): Rewards =>
    level === 'group' ? perGroup(values, groups, estimate) : estimate(values);

  const centred = atLevel(meanLevel, rewards, (values) => centre(values, meanLevel, options));
  if (stdLevel === 'none') return [...centred];
  const deviations = atLevel(stdLevel, centred, (values) => {
    const deviation =
      stdLevel === 'running' && running !== undefined ? runningDeviation(running) : deviationAboutZero(values, options);
    checkFinite(caller, { 'the deviation of the rewards': deviation });
    return values.map(() => deviation);
  });
  return centred.map((reward, sample) => {
    const deviation = deviations[sample] ?? 0;
    // Without a deviation everything is at its mean, and stays 0 also for epsilon 0.
    return reward === null || reward === 0 ? reward : reward / (deviation + epsilon);
  });
}

type Rewards = readonly (number | null)[];

function centre(rewards: Rewards, level: NormalizationLevel, options: NormalizeRewardsOptions): Rewards {
  if (level === 'none') return rewards;
  const { leaveOneOut = false, singleton = 'zero', running } = options;
  const verified = rewards.filter((reward) => reward !== null);
  const count = level === 'running' ? 0 : verified.length;
  if (count === 1 && leaveOneOut && singleton === 'reward') return rewards;
  const mean = level === 'running' ? (running?.mean ?? 0) : moments(verified, 0)[0];
  checkFinite('normalizeRewards', { 'the mean of the rewards': mean });
  // r − mean of the others = n/(n−1) · (r − mean of all), which is exactly 0 for equal rewards.
  const scale = leaveOneOut && count > 1 ? count / (count - 1) : 1;
  return rewards.map((reward) => (reward === null ? null : (reward - mean) * scale));
}

function deviationAboutZero(centred: Rewards, { unbiased = true }: NormalizeRewardsOptions): number {
  const verified = centred.filter((reward) => reward !== null);
  const degrees = verified.length - (unbiased ? 1 : 0);
  if (degrees <= 0) return 1;
  return Math.sqrt(verified.reduce((sum, reward) => sum + reward * reward, 0) / degrees);
}
