import { checkRewards } from './check-rewards.ts';
import { moments } from './moments.ts';

/** Options of `meanNormalizedAdvantages`. */
export interface MeanNormalizedOptions {
  /**
   * `mean` divides by the mean, and a group whose mean is 0 or below gets 0 (prime-rl). `mean-plus-epsilon` divides by
   * `mean + epsilon` whatever the sign of the mean (SkyRL); below 0 that turns every advantage round. Default `mean`.
   */
  readonly denominator?: 'mean' | 'mean-plus-epsilon';
  /** Added to the mean by `mean-plus-epsilon`. Default 1e-6 (SkyRL). */
  readonly epsilon?: number;
  /** What a group with one verifiable reward gets: 0, or the reward itself (SkyRL). Default `zero`. */
  readonly singleton?: 'reward' | 'zero';
}

/**
 * Advantages against the mean of the group, in units of that mean: `A_i = (r_i − mean) / mean`. With rewards of 0 and 1
 * a success on a prompt of pass rate p weighs `1/p − 1`: the gradient of the likelihood of being right, to the order of
 * the group's size, where GRPO's is that of the pass rate.
 *
 * Meant for rewards that are not negative. `null` (unverifiable) rewards do not enter the mean and yield `null`; equal
 * rewards get 0.
 *
 * MaxRL, arXiv:2602.02710. prime-rl and SkyRL differ in the denominator and for a group of one, see the options.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite, or the denominator is too small for a finite quotient
 * @example
 * ```ts
 * meanNormalizedAdvantages([1, 0, 0, 0]); // => [3, -1, -1, -1]
 * ```
 */
export function meanNormalizedAdvantages(
  rewards: readonly (number | null)[],
  options: MeanNormalizedOptions = {},
): (number | null)[] {
  const { denominator = 'mean', epsilon = 1e-6, singleton = 'zero' } = options;
  const verified = checkRewards('meanNormalizedAdvantages', rewards);
  if (verified.length === 1) return rewards.map((reward) => (singleton === 'reward' || reward === null ? reward : 0));
  const [mean] = moments(verified, 0);
  const silent = denominator === 'mean' && mean <= 0;
  const scale = denominator === 'mean' ? mean : mean + epsilon;
  return rewards.map((reward) => {
    if (reward === null) return null;
    if (silent || reward === mean) return 0;
    const advantage = (reward - mean) / scale;
    if (Number.isFinite(advantage)) return advantage;
    throw new RangeError(`meanNormalizedAdvantages: rewards of mean ${mean} cannot be divided by ${scale}`);
  });
}
