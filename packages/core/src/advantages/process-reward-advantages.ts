import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';
import { ShapeError } from '../shape-error.ts';
import { leaveOneOutAdvantages } from './leave-one-out-advantages.ts';
import { perGroup } from './per-group.ts';
import { whitenOverTokens } from './whiten-over-tokens.ts';

/** Inputs of `processRewardAdvantages`. B = sequences, T = tokens; rows may differ in length. */
export interface ProcessRewardInputs {
  /** Reward of each token, e.g. from `implicitProcessRewards`. `[B,T]` */
  readonly processRewards: TokenRows;
  /** Reward of each response as a whole; `null` where no verdict was possible. `[B]` */
  readonly outcomeRewards: readonly (number | null)[];
  /** `[B,T]`, not 0 on trained tokens. */
  readonly mask: TokenRows;
  /** The group (prompt) each sequence belongs to. `[B]` */
  readonly groups: readonly (string | number)[];
}

/** Options of `processRewardAdvantages`. */
export interface ProcessRewardOptions {
  /** Weight of the process rewards. Default 1. */
  readonly processWeight?: number;
  /** Weight of the outcome reward. Default 1. */
  readonly outcomeWeight?: number;
  /** Discount per trained token. Default 1. */
  readonly gamma?: number;
  /** Bring the advantages to mean 0 and deviation 1 over the batch. Default `true`. */
  readonly whiten?: boolean;
}

/**
 * Advantages from rewards per token and a reward per response, each against its own leave-one-out baseline. With n
 * sequences in the group and `r̄_j` the mean process reward over the trained tokens of sequence j:
 *
 * `a_it = processWeight · (n·r_it − Σ_j r̄_j)/(n−1)`, plus `outcomeWeight · (n·o_i − Σ_j o_j)/(n−1)` at the last trained
 * token; returns `R_it = a_it + gamma · R_{i,t+1}`; advantages are the returns, whitened over the batch.
 *
 * A sequence without a verdict takes no part, and its row is 0. One without trained tokens counts for the outcomes
 * only. A baseline needs another sequence: without one its part is 0. Fewer than two trained tokens are not whitened.
 *
 * PRIME, arXiv:2502.01456. PRIME's code weighs both 1, verl's recipe both 5, which is the same after whitening.
 *
 * @returns `advantages` and `returns`, `[B,T]` each
 * @throws ShapeError when shapes differ
 * @throws RangeError when an outcome is not finite, or the advantages would not be
 * @example
 * ```ts
 * processRewardAdvantages(
 *   { processRewards: [[1, 3], [0]], outcomeRewards: [1, 0], mask: [[1, 1], [1]], groups: ['a', 'a'] },
 *   { whiten: false },
 * ).advantages; // => [[5, 5], [-3]]
 * ```
 */
export function processRewardAdvantages(
  inputs: ProcessRewardInputs,
  options: ProcessRewardOptions = {},
): { readonly advantages: Float64Array[]; readonly returns: Float64Array[] } {
  const { processRewards, outcomeRewards, mask, groups } = inputs;
  checkSameRows('processRewardAdvantages', { processRewards, mask });
  if (outcomeRewards.length !== mask.length || groups.length !== mask.length) {
    throw new ShapeError('processRewardAdvantages', 'one outcome reward and one group per row', {
      outcomeRewards: [outcomeRewards.length],
      groups: [groups.length],
      mask: [mask.length],
    });
  }
  const { processWeight = 1, outcomeWeight = 1, gamma = 1, whiten = true } = options;
  const outcomes = perGroup(outcomeRewards, groups, (group) => leaveOneOutAdvantages(group));
  const kept = mask.map((weights, sequence) =>
    outcomes[sequence] === null ? new Uint8Array(weights.length) : weights,
  );
  const sums = kept.map((weights, sequence) => trainedSum(processRewards[sequence] ?? [], weights));
  const means = sums.map(({ count, sum }) => (count === 0 ? null : sum / count));
  const baselines = perGroup(means, groups, processBaselines);
  const returns = kept.map((weights, sequence) =>
    discounted(processRewards[sequence] ?? [], weights, {
      scale: processWeight * (baselines[sequence]?.scale ?? 0),
      shift: processWeight * (baselines[sequence]?.shift ?? 0),
      outcome: outcomeWeight * (outcomes[sequence] ?? 0),
      gamma,
    }),
  );
  // One token has no sample variance.
  const whitened = whiten && sums.reduce((total, { count }) => total + count, 0) > 1;
  return { advantages: whitened ? whitenOverTokens(returns, kept) : returns.map((row) => row.slice()), returns };
}

/** `scale · r_it − shift` is the process reward against its baseline. */
interface ProcessBaseline {
  readonly scale: number;
  readonly shift: number;
}

function processBaselines(means: readonly (number | null)[]): ProcessBaseline[] {
  const known = means.filter((mean) => mean !== null);
  const others = known.length - 1;
  if (others < 1) return means.map(() => ({ scale: 0, shift: 0 }));
  const shift = known.reduce((sum, mean) => sum + mean, 0) / others;
  return means.map(() => ({ scale: known.length / others, shift }));
}

function trainedSum(values: ArrayLike<number>, weights: ArrayLike<number>): { count: number; sum: number } {
  let count = 0;
  let sum = 0;
  for (let token = 0; token < weights.length; token += 1) {
    if (weights[token] === 0) continue;
    count += 1;
    sum += values[token] as number;
  }
  return { count, sum };
}

function discounted(
  rewards: ArrayLike<number>,
  weights: ArrayLike<number>,
  terms: ProcessBaseline & { readonly outcome: number; readonly gamma: number },
): Float64Array {
  const { scale, shift, outcome, gamma } = terms;
  const returns = new Float64Array(weights.length);
  // What stands before the last trained token is discounted from there: it starts the sum.
  let following: number | undefined;
  for (let token = weights.length - 1; token >= 0; token -= 1) {
    if (weights[token] === 0) continue;
    const credit = scale * (rewards[token] as number) - shift;
    following = credit + (following === undefined ? outcome : gamma * following);
    returns[token] = following;
  }
  // Once a return is not finite, none before it is: the last one tells.
  if (!Number.isFinite(following ?? 0)) {
    throw new RangeError(
      'processRewardAdvantages: process rewards of trained tokens, weights and gamma must be finite',
    );
  }
  return returns;
}
