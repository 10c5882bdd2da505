import { checkRewards } from './check-rewards.ts';
import { groupRelativeAdvantages } from './group-relative-advantages.ts';
import { moments } from './moments.ts';
import { perGroup } from './per-group.ts';

/** Options of `batchScaledAdvantages`. */
export interface BatchScaledOptions {
  /** Added to the standard deviation. Default 1e-4 (TRL). */
  readonly epsilon?: number;
}

/**
 * Advantages against the mean of the group, scaled by the deviation of the whole batch:
 * `A_i = (r_i − mean_group) / (std_batch + epsilon)`, sample deviation. Groups keep their relative sizes: an easy prompt
 * with one failure weighs no more than it should.
 *
 * `null` (unverifiable) rewards do not enter mean and deviation and yield `null`; a lone verifiable reward of a group
 * yields 0.
 *
 * Lite PPO, arXiv:2508.08221; TRL's `scale_rewards="batch"`.
 *
 * @param rewards one per sample of the batch; `null` where no verdict was possible
 * @param groups the group (prompt) each sample belongs to
 * @returns one per reward, in the same order
 * @throws ShapeError when lengths differ
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * batchScaledAdvantages([0, 2, 1, 1], ['a', 'a', 'b', 'b'], { epsilon: 0 }); // => [-1.2247, 1.2247, 0, 0]
 * ```
 */
export function batchScaledAdvantages(
  rewards: readonly (number | null)[],
  groups: readonly (string | number)[],
  options: BatchScaledOptions = {},
): (number | null)[] {
  const { epsilon = 1e-4 } = options;
  const [, deviation] = moments(checkRewards('batchScaledAdvantages', rewards), 1);
  const centred = perGroup(rewards, groups, (group) => groupRelativeAdvantages(group, { normalizeByStd: false }));
  // Without a deviation every centred reward is 0, and stays 0 also for epsilon 0.
  return centred.map((advantage) =>
    advantage === null || deviation === 0 ? advantage : advantage / (deviation + epsilon),
  );
}
