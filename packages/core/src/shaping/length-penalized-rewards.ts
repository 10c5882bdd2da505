import { checkRewards } from '../advantages/check-rewards.ts';
import { moments } from '../advantages/moments.ts';
import { ShapeError } from '../shape-error.ts';
import { checkFinite, checkWithin } from './check-within.ts';

/** Something that costs: output tokens, input tokens, turns. */
export interface CountPenalty {
  /** One per sample of the group, from 0. */
  readonly counts: ArrayLike<number>;
  /** Share of the mean reward that the sample with the highest count loses. */
  readonly weight: number;
}

/** Options of `lengthPenalizedRewards`. */
export interface LengthPenalizedOptions {
  /** Subtract the mean of the results, which makes them advantages. Default `true` (prime-rl). */
  readonly recenter?: boolean;
}

/**
 * Rewards of a group less what their samples cost, compared with each other:
 * `r_i − mean(r) · Σ_c weight_c · count_ci / max_j count_cj`, then less their mean. A group that is never right loses
 * nothing, since its mean is 0.
 *
 * `null` (unverifiable) rewards and their counts take no part and yield `null`. Counts that are all 0 cost nothing.
 *
 * prime-rl's length penalty for GRPO without deviation.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @throws ShapeError when lengths differ
 * @throws RangeError when a reward or weight is not finite, or a count negative or not finite
 * @example
 * ```ts
 * const tokens = { counts: [50, 100], weight: 0.5 };
 * lengthPenalizedRewards([1, 1], [tokens], { recenter: false }); // => [0.75, 0.5]
 * lengthPenalizedRewards([1, 1], [tokens]); // => [0.125, -0.125]
 * ```
 */
export function lengthPenalizedRewards(
  rewards: readonly (number | null)[],
  penalties: readonly CountPenalty[],
  options: LengthPenalizedOptions = {},
): (number | null)[] {
  const caller = 'lengthPenalizedRewards';
  const { recenter = true } = options;
  const [mean] = moments(checkRewards(caller, rewards), 0);
  const shares = rewards.map(() => 0);
  for (const { counts, weight } of penalties) {
    if (counts.length !== rewards.length) {
      throw new ShapeError(caller, 'a count per reward', { rewards: [rewards.length], counts: [counts.length] });
    }
    checkFinite(caller, { weight });
    const counted = Array.from(counts, (count, sample) => (rewards[sample] === null ? 0 : count));
    for (const count of counted) checkWithin(caller, { count }, [0, Number.MAX_VALUE]);
    const highest = counted.reduce((a, b) => Math.max(a, b), 0);
    if (highest === 0) continue;
    for (const [sample, count] of counted.entries())
      shares[sample] = (shares[sample] ?? 0) + (weight * count) / highest;
  }
  const shaped = rewards.map((reward, sample) => (reward === null ? null : reward - mean * (shares[sample] ?? 0)));
  const [shapedMean] = moments(checkRewards(caller, shaped), 0);
  return recenter ? shaped.map((reward) => (reward === null ? null : reward - shapedMean)) : shaped;
}
