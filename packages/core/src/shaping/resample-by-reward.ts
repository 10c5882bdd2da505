import { checkRewards } from '../advantages/check-rewards.ts';
import { checkWithin } from './check-within.ts';

/** Options of `resamplingWeights`. */
export interface ResamplingOptions {
  /**
   * `power`: `|r|^power`, far rewards of either sign; `max-min`: 1 for the highest and lowest rewards of the batch, 0
   * for the others; `max-random`: 0.4 for the highest, 0.1 for the others. Default `power`.
   */
  readonly method?: 'max-min' | 'max-random' | 'power';
  /** For `power`. Default 2 (verl). */
  readonly power?: number;
}

/**
 * How often each sample shall be drawn, in proportion: rewards far from the middle are judged more reliably than those
 * near it. Every weight has 1e-8 added, so a batch of zeros is drawn evenly; `null` (unverifiable) samples have 0 and
 * are never drawn.
 *
 * PF-PPO, arXiv:2409.06957; verl's `pf_ppo` (`pow`, `max_min`, `max_random`).
 *
 * @param rewards one per sample of the batch; `null` where no verdict was possible
 * @throws RangeError when a reward is not finite, a power negative or not finite, or `|r|^power` too large
 * @example
 * ```ts
 * resamplingWeights([-2, 0, 1]); // => [4.00000001, 1e-8, 1.00000001]
 * resamplingWeights([-2, 0, 1], { method: 'max-min' }); // => [1.00000001, 1e-8, 1.00000001]
 * ```
 */
export function resamplingWeights(rewards: readonly (number | null)[], options: ResamplingOptions = {}): number[] {
  const caller = 'resamplingWeights';
  const { method = 'power', power = 2 } = options;
  checkWithin(caller, { power }, [0, Number.MAX_VALUE]);
  const verified = checkRewards(caller, rewards);
  const highest = verified.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const lowest = verified.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const weightOf = {
    power: (reward: number) => Math.abs(reward) ** power,
    'max-min': (reward: number) => (reward === highest || reward === lowest ? 1 : 0),
    'max-random': (reward: number) => (reward === highest ? 0.4 : 0.1),
  }[method];
  return rewards.map((reward) => {
    if (reward === null) return 0;
    const weight = weightOf(reward) + 1e-8;
    checkWithin(caller, { weight }, [0, Number.MAX_VALUE]);
    return weight;
  });
}

/**
 * Positions of samples drawn with replacement in proportion to their weights: for each draw the first position whose
 * cumulated weight exceeds `random() · Σ weights`. The same numbers from `random` give the same positions.
 *
 * @param weights one per sample, from 0; see `resamplingWeights`
 * @param count how many to draw
 * @param random uniform numbers from 0 to below 1, called `count` times
 * @throws RangeError for a weight that is negative or not finite, weights that are all 0 with `count` above 0, a count
 * that is not an integer from 0, or a number of `random` outside 0 to below 1
 * @example
 * ```ts
 * const numbers = [0, 0.3, 0.9];
 * resampleIndices([1, 0, 3], 3, () => numbers.shift() ?? 0); // => [0, 2, 2]
 * ```
 */
export function resampleIndices(weights: ArrayLike<number>, count: number, random: () => number): number[] {
  const caller = 'resampleIndices';
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`${caller}: count must be an integer from 0, given ${count}`);
  }
  let total = 0;
  let last = -1;
  const cumulated = Array.from(weights, (weight, index) => {
    checkWithin(caller, { weight }, [0, Number.MAX_VALUE]);
    if (weight > 0) last = index;
    total += weight;
    return total;
  });
  checkWithin(caller, { 'the sum of the weights': total }, [0, Number.MAX_VALUE]);
  if (count > 0 && last < 0) throw new RangeError(`${caller}: every sample has weight 0`);
  return Array.from({ length: count }, () => {
    const uniform = random();
    if (!(uniform >= 0 && uniform < 1)) {
      throw new RangeError(`${caller}: random must give numbers from 0 to below 1, gave ${uniform}`);
    }
    // The product may round up to the sum itself.
    return Math.min(firstAbove(cumulated, uniform * total), last);
  });
}

function firstAbove(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
