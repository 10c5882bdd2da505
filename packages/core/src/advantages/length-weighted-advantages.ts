import { checkRewards } from './check-rewards.ts';

/** A sample of a group: its reward and how many tokens it trained. */
export interface RewardedLength {
  /** `null` where no verdict was possible. */
  readonly reward: number | null;
  readonly tokenCount: number;
}

/** Options of `lengthWeightedAdvantages`. */
export interface LengthWeightedOptions {
  /** What a group with one verifiable reward gets: 0, or the reward itself (verl `opo`). Default `zero`. */
  readonly singleton?: 'reward' | 'zero';
}

/**
 * Advantages against the mean reward per token of the group: `A_i = r_i − Σ_j n_j r_j / Σ_j n_j`, the baseline of least
 * variance when the gradient of a sequence grows with its length.
 *
 * `null` (unverifiable) rewards do not enter the baseline and yield `null`. Samples without tokens have no weight; in a
 * group without any token the baseline is 0.
 *
 * OPO, arXiv:2505.23585.
 *
 * @param samples of one group
 * @returns one per sample, in the same order
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * lengthWeightedAdvantages([{ reward: 1, tokenCount: 1 }, { reward: 0, tokenCount: 3 }]); // => [0.75, -0.25]
 * ```
 */
export function lengthWeightedAdvantages(
  samples: readonly RewardedLength[],
  options: LengthWeightedOptions = {},
): (number | null)[] {
  const { singleton = 'zero' } = options;
  const verified = checkRewards(
    'lengthWeightedAdvantages',
    samples.map(({ reward }) => reward),
  );
  if (verified.length === 1) {
    return samples.map(({ reward }) => (reward === null || singleton === 'reward' ? reward : 0));
  }
  const counted = samples.filter(({ reward }) => reward !== null);
  const tokens = counted.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
  const weighted = counted.reduce((sum, { reward, tokenCount }) => sum + (reward ?? 0) * tokenCount, 0);
  const baseline = tokens === 0 ? 0 : weighted / tokens;
  return samples.map(({ reward }) => (reward === null ? null : reward - baseline));
}
