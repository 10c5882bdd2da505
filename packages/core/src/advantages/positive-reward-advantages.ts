import { checkRewards } from './check-rewards.ts';

/**
 * Advantages that only reinforce: `A_i = max(r_i, 0)`. With rewards of ±1 (or 0 and 1) the failures drop out and the
 * successes all weigh the same; with the ratio and clip of PPO this is RAFT++, with the plain log-likelihood RAFT.
 *
 * `null` (unverifiable) rewards yield `null`. No statistic of the group is involved.
 *
 * RAFT++, arXiv:2504.11343 (Minimal-RL); RAFT, arXiv:2304.06767.
 *
 * @param rewards one per sample; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * positiveRewardAdvantages([1, -1, null, 0.5]); // => [1, 0, null, 0.5]
 * ```
 */
export function positiveRewardAdvantages(rewards: readonly (number | null)[]): (number | null)[] {
  checkRewards('positiveRewardAdvantages', rewards);
  return rewards.map((reward) => (reward === null ? null : Math.max(reward, 0)));
}

/**
 * Positions of the `count` best samples of a group, to be trained on like demonstrations (best-of-n, RAFT). Of equal
 * rewards the earlier sample goes first. `null` (unverifiable) rewards are never chosen, so fewer may come back.
 *
 * RAFT, arXiv:2304.06767.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @param count how many to keep. Default 1
 * @returns positions in ascending order
 * @throws RangeError when a reward is not finite, or `count` is not a whole number of 0 or more
 * @example
 * ```ts
 * bestSamples([0.5, 2, null, 1], 2); // => [1, 3]
 * ```
 */
export function bestSamples(rewards: readonly (number | null)[], count = 1): number[] {
  checkRewards('bestSamples', rewards);
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`bestSamples: count must be a whole number of 0 or more, given ${count}`);
  }
  return rewards
    .flatMap((reward, position) => (reward === null ? [] : [{ reward, position }]))
    .sort((a, b) => b.reward - a.reward || a.position - b.position)
    .slice(0, count)
    .map(({ position }) => position)
    .sort((a, b) => a - b);
}
