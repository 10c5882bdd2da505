import { ShapeError } from '../shape-error.ts';
import { checkRewards } from './check-rewards.ts';
import { moments } from './moments.ts';

/** Options of `passAtKAdvantages`. */
export interface PassAtKOptions {
  /** Divide by the group's standard deviation (sample). Default `true`. */
  readonly normalizeByStd?: boolean;
  /** Added to the standard deviation. Default 1e-6. */
  readonly epsilon?: number;
}

/**
 * Advantages for the best of a group: `(r_max − r_second) / (std + epsilon)` to the best sample, 0 to the others, an
 * estimate of the gradient of pass@k with k the size of the group. A tie at the top gives 0 to all.
 *
 * `null` (unverifiable) rewards take no part and yield `null`.
 *
 * arXiv:2503.19595.
 *
 * @param rewards one per sample of the group; at least two verifiable
 * @returns one per reward, in the same order
 * @throws ShapeError for a group with fewer than two verifiable rewards
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * passAtKAdvantages([1, 4, 2], { normalizeByStd: false }); // => [0, 2, 0]
 * ```
 */
export function passAtKAdvantages(
  rewards: readonly (number | null)[],
  options: PassAtKOptions = {},
): (number | null)[] {
  const { normalizeByStd = true, epsilon = 1e-6 } = options;
  const verified = checkRewards('passAtKAdvantages', rewards);
  const [best, second] = verified.toSorted((a, b) => b - a);
  if (best === undefined || second === undefined) {
    throw new ShapeError('passAtKAdvantages', 'at least two verifiable rewards', { rewards: [verified.length] });
  }
  const [, deviation] = moments(verified, 1);
  const lead = best === second ? 0 : (best - second) / (normalizeByStd ? deviation + epsilon : 1);
  return rewards.map((reward) => (reward === null ? null : reward === best ? lead : 0));
}
