import { checkRewards } from './check-rewards.ts';
import { moments } from './moments.ts';

/** Options of `leaveOneOutNormalizedAdvantages`. */
export interface LeaveOneOutNormalizedOptions {
  /** Divide by the deviation of the other samples where it is above 0. Default `true`; else this is RLOO. */
  readonly normalizeByStd?: boolean;
  /** Added to the deviation. Default 1e-6. */
  readonly epsilon?: number;
}

/** What the other samples of a group say of each one; see `leaveOneOutMoments`. */
export interface LeaveOneOutMoments {
  /** Mean of the other verifiable rewards; a reward without others is its own baseline. */
  readonly baselines: readonly (number | null)[];
  /** Sample deviation of the other verifiable rewards; 0 where fewer than two are left. */
  readonly deviations: readonly (number | null)[];
}

/**
 * Mean and sample deviation of the other samples of the group, for each sample.
 *
 * `null` (unverifiable) rewards take no part and yield `null`. NeMo-RL gives its masked samples a baseline; since they
 * must not be trained, here they have none.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * leaveOneOutMoments([1, 2, 3]).baselines; // => [2.5, 2, 1.5]
 * ```
 */
export function leaveOneOutMoments(rewards: readonly (number | null)[]): LeaveOneOutMoments {
  const verified = checkRewards('leaveOneOutMoments', rewards);
  const baselines: (number | null)[] = [];
  const deviations: (number | null)[] = [];
  let position = 0;
  for (const reward of rewards) {
    // Two passes over the others, not the difference of sums: equal rewards must have a deviation of exactly 0.
    const others = reward === null ? [] : verified.toSpliced(position, 1);
    const [mean, deviation] = moments(others, 1);
    baselines.push(reward === null ? null : others.length === 0 ? reward : mean);
    deviations.push(reward === null ? null : deviation);
    if (reward !== null) position += 1;
  }
  return { baselines, deviations };
}

/**
 * Advantages against mean and deviation of the other samples of the prompt:
 * `A_i = (r_i − mean_{j≠i}) / (std_{j≠i} + epsilon)` where that deviation is above 0, else `r_i − mean_{j≠i}`. Neither
 * statistic depends on the sample it judges. The sum over a group is not 0, each sample having a deviation of its own.
 *
 * `null` (unverifiable) rewards take no part and yield `null`; a lone verifiable reward yields 0.
 *
 * NeMo-RL's default estimator for GRPO; baseline of RLOO, arXiv:2402.14740.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * leaveOneOutNormalizedAdvantages([1, 2, 3], { epsilon: 0 }); // => [-2.1213, 0, 2.1213]
 * ```
 */
export function leaveOneOutNormalizedAdvantages(
  rewards: readonly (number | null)[],
  options: LeaveOneOutNormalizedOptions = {},
): (number | null)[] {
  const { normalizeByStd = true, epsilon = 1e-6 } = options;
  const { baselines, deviations } = leaveOneOutMoments(rewards);
  return rewards.map((reward, sample) => {
    if (reward === null) return null;
    const centred = reward - (baselines[sample] ?? 0);
    const deviation = deviations[sample] ?? 0;
    return normalizeByStd && deviation > 0 ? centred / (deviation + epsilon) : centred;
  });
}
