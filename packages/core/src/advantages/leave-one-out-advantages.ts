import { checkRewards } from './check-rewards.ts';

/** Options of `leaveOneOutAdvantages`. */
export interface LeaveOneOutOptions {
  /** What a group with one verifiable reward gets: 0, or the reward itself (verl `rloo`). Default `zero`. */
  readonly singleton?: 'reward' | 'zero';
}

/**
 * Advantages against the mean of the other samples of the prompt: `A_i = r_i − mean_{j≠i} r_j = n/(n−1)·(r_i − mean)`.
 *
 * `null` (unverifiable) rewards do not enter the baselines and yield `null`.
 *
 * RLOO, arXiv:2402.14740.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * leaveOneOutAdvantages([6, 3]); // => [3, -3]
 * ```
 */
export function leaveOneOutAdvantages(
  rewards: readonly (number | null)[],
  options: LeaveOneOutOptions = {},
): (number | null)[] {
  const verified = checkRewards('leaveOneOutAdvantages', rewards);
  const { singleton = 'zero' } = options;
  const others = verified.length - 1;
  const total = verified.reduce((sum, reward) => sum + reward, 0);
  return rewards.map((reward) => {
    if (reward === null) return null;
    if (others === 0) return singleton === 'reward' ? reward : 0;
    return reward - (total - reward) / others;
  });
}
