import { checkRewards } from '../advantages/check-rewards.ts';
import { moments } from '../advantages/moments.ts';
import { checkFinite, checkWithin } from './check-within.ts';

/** Moments of every reward seen so far: plain data, saved with a checkpoint as it is. */
export interface RunningMoments {
  readonly count: number;
  readonly mean: number;
  /** Population variance, ÷n. */
  readonly variance: number;
}

/**
 * The moments of two sets together (parallel Welford): `mean = mean_a + δ n_b/n`,
 * `n·variance = n_a·variance_a + n_b·variance_b + δ² n_a n_b/n`, with `δ = mean_b − mean_a`. The order of sets does not
 * matter, so that workers may each count their own.
 *
 * @throws RangeError for a count or variance below 0, or a number that is not finite
 * @example
 * ```ts
 * const first = { count: 2, mean: 1, variance: 1 };
 * mergeRunningMoments(first, { count: 2, mean: 3, variance: 1 }); // => { count: 4, mean: 2, variance: 2 }
 * ```
 */
export function mergeRunningMoments(a: RunningMoments, b: RunningMoments): RunningMoments {
  for (const { count, mean, variance } of [a, b]) {
    checkWithin('mergeRunningMoments', { count, variance }, [0, Number.MAX_VALUE]);
    checkFinite('mergeRunningMoments', { mean });
  }
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const share = b.count / count;
  const distance = b.mean - a.mean;
  const merged = {
    count,
    mean: a.mean + distance * share,
    variance: a.variance * (1 - share) + b.variance * share + distance * distance * share * (1 - share),
  };
  checkFinite('mergeRunningMoments', { variance: merged.variance, mean: merged.mean });
  return merged;
}

/**
 * Moments with a batch of rewards added. `null` (unverifiable) rewards are not counted.
 *
 * ROLL's running reward normalisation.
 *
 * @param known moments of the steps before; left out: nothing seen yet
 * @throws RangeError when a reward is not finite, or `known` are no moments
 * @example
 * ```ts
 * const first = updateRunningMoments([0, 2]);
 * updateRunningMoments([2, null, 4], first); // => { count: 4, mean: 2, variance: 2 }
 * ```
 */
export function updateRunningMoments(
  rewards: readonly (number | null)[],
  known: RunningMoments = { count: 0, mean: 0, variance: 0 },
): RunningMoments {
  const verified = checkRewards('updateRunningMoments', rewards);
  const [mean, deviation] = moments(verified, 0);
  return mergeRunningMoments(known, { count: verified.length, mean, variance: deviation * deviation });
}

/**
 * Sample deviation of everything seen so far, `√(variance · n / (n − 1))`; 1 before the second reward, which has none.
 *
 * @example
 * ```ts
 * runningDeviation({ count: 4, mean: 2, variance: 3 }); // => 2
 * ```
 */
export function runningDeviation({ count, variance }: RunningMoments): number {
  return count < 2 ? 1 : Math.sqrt((variance * count) / (count - 1));
}
