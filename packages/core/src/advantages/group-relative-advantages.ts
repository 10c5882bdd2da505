import { checkRewards } from './check-rewards.ts';
import { moments } from './moments.ts';

/** Options of `groupRelativeAdvantages`. */
export interface GroupRelativeOptions {
  /** Divide by the group's standard deviation. `false` is Dr.GRPO (arXiv:2503.20783). Default `true`. */
  readonly normalizeByStd?: boolean;
  /** Added to the standard deviation. Default 1e-6 (verl); TRL uses 1e-4. */
  readonly epsilon?: number;
  /**
   * Least standard deviation to divide by, before epsilon is added: groups that hardly differ stay small. Default 0;
   * verl's vectorised form has √epsilon.
   */
  readonly deviationFloor?: number;
  /** 1: sample standard deviation, ÷(n−1); 0: population, ÷n. Default 1. */
  readonly ddof?: 0 | 1;
  /**
   * What a group with one verifiable reward gets: `zero`, since there is nothing to compare it with, or `reward`,
   * the reward itself as with mean 0 and deviation 1 (verl). Default `zero`.
   */
  readonly singleton?: 'reward' | 'zero';
}

/**
 * Advantages of the samples of one prompt against each other: `A_i = (r_i − mean) / (std + epsilon)`.
 *
 * Policies: `null` (unverifiable) rewards do not enter mean and deviation and yield `null`; when all rewards are
 * equal every advantage is exactly 0, with no rounding noise divided by epsilon; a group with one verifiable
 * reward follows `singleton`; an empty group yields an empty array.
 *
 * GRPO, arXiv:2402.03300.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite: a reward that could not be computed is `null`
 * @example
 * ```ts
 * groupRelativeAdvantages([1, 0, null], { normalizeByStd: false }); // => [0.5, -0.5, null]
 * ```
 */
export function groupRelativeAdvantages(
  rewards: readonly (number | null)[],
  options: GroupRelativeOptions = {},
): (number | null)[] {
  const verified = checkRewards('groupRelativeAdvantages', rewards);
  const { normalizeByStd = true, epsilon = 1e-6, ddof = 1, deviationFloor = 0, singleton = 'zero' } = options;
  const alone = verified.length === 1;
  const [mean, deviation] = alone ? [singleton === 'reward' ? 0 : (verified[0] ?? 0), 1] : moments(verified, ddof);
  // Without a deviation everything is at the mean, and stays 0 also for epsilon 0.
  const scale = normalizeByStd && deviation > 0 ? Math.max(deviation, deviationFloor) + epsilon : 1;
  return rewards.map((reward) => (reward === null ? null : (reward - mean) / scale));
}

/**
 * Dr.GRPO: `A_i = r_i − mean`, without the deviation, which favours prompts whose samples hardly differ. Goes with
 * `sequence-mean-token-sum-norm`, which does not divide by the length of the response.
 *
 * Dr.GRPO, arXiv:2503.20783.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * drGrpoAdvantages([6, 3]); // => [1.5, -1.5]
 * ```
 */
export function drGrpoAdvantages(rewards: readonly (number | null)[]): (number | null)[] {
  return groupRelativeAdvantages(rewards, { normalizeByStd: false });
}
