import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';
import { ShapeError } from '../shape-error.ts';

/** Inputs of `optimalTokenBaselineAdvantages`. B = sequences, T = tokens. */
export interface OptimalTokenBaselineInputs {
  /** `[B,T]` */
  readonly tokenRewards: TokenRows;
  /** `[B,T]`, 1 on trained tokens. */
  readonly mask: TokenRows;
  /** The group (prompt) of each sequence, `[B]`. */
  readonly groups: readonly (string | number)[];
  /** Log-probs of the policy that is updated, `[B,T]`. */
  readonly oldLogProbs: TokenRows;
  /** `Σ_v π_v²` of each token's distribution, `[B,T]`; see `squaredProbabilitySum`. */
  readonly squaredProbabilitySums: TokenRows;
  /** Importance weights of the rollout correction, `[B,T]`; they enter squared. */
  readonly importanceWeights?: TokenRows;
}

/** Options of `optimalTokenBaselineAdvantages`. */
export interface OptimalTokenBaselineOptions {
  /**
   * Which tokens of a group are compared: those at the same `place`, or the same `turn-token`, the k-th trained one of
   * each sequence, so that gaps of tools do not shift them (verl's `tir_` form). Default `place`.
   */
  readonly align?: 'place' | 'turn-token';
  /**
   * Gives no baseline to the part of a group's longest response that no other reaches: there it would be compared with
   * itself, and its advantage would be 0. The part is counted in trained tokens. Default `false`.
   */
  readonly zeroTail?: boolean;
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Rewards to go against the baseline that minimises the variance of the gradient, for each group and token:
 * `b_t = Σ_i G_it·W_it / (Σ_i W_it + epsilon)`, `A_it = G_it − b_t`, where `W_it` adds up over the tokens up to t
 * `w = 1 − 2π + Σ_v π_v²`, the squared length of the score of a token, times the squared importance weight. A group of
 * one has baseline 0.
 *
 * verl's `optimal_token_baseline` and `tir_optimal_token_baseline`.
 *
 * @returns `advantages` and the undiscounted `returns`, `[B,T]` each
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   tokenRewards: [[4], [2]],
 *   mask: [[1], [1]],
 *   groups: ['a', 'a'],
 *   oldLogProbs: [[Math.log(0.5)], [Math.log(0.5)]],
 *   squaredProbabilitySums: [[0.5], [0.5]],
 * };
 * optimalTokenBaselineAdvantages(inputs, { epsilon: 0 }).advantages; // => [[1], [-1]]
 * ```
 */
export function optimalTokenBaselineAdvantages(
  inputs: OptimalTokenBaselineInputs,
  options: OptimalTokenBaselineOptions = {},
): { readonly advantages: Float64Array[]; readonly returns: Float64Array[] } {
  const { tokenRewards, mask, groups, oldLogProbs, squaredProbabilitySums, importanceWeights } = inputs;
  checkSameRows('optimalTokenBaselineAdvantages', {
    tokenRewards,
    mask,
    oldLogProbs,
    squaredProbabilitySums,
    ...(importanceWeights && { importanceWeights }),
  });
  if (groups.length !== mask.length) {
    throw new ShapeError('optimalTokenBaselineAdvantages', 'one group per row of the mask', {
      groups: [groups.length],
      mask: [mask.length],
    });
  }
  const { align = 'place', zeroTail = false, epsilon = 1e-8 } = options;
  const sequences = mask.map((_, sequence) => sequenceOf(inputs, sequence));
  for (const members of membersOf(groups, align === 'place' ? undefined : sequences)) {
    const rows = members.map((row) => sequences[row] as Sequence);
    const baselines = members.length < 2 ? undefined : groupBaselines(rows, align, epsilon);
    const lone = zeroTail ? loneTail(members, sequences) : undefined;
    for (const row of members) {
      const { places, returns, weights } = sequences[row] as Sequence;
      const end = baselines === undefined ? 0 : lone?.row === row ? lone.start : Number.POSITIVE_INFINITY;
      for (let place = 0; place < places.length; place += 1) {
        const token = places[place] as number;
        const at = align === 'place' ? token : place;
        const baseline = at < end ? (baselines?.[at] as number) : 0;
        // The weights are of no more use: their row becomes that of the advantages, which costs less than a new one.
        weights[token] = (returns[token] as number) - baseline;
      }
    }
  }
  return { advantages: sequences.map(({ weights }) => weights), returns: sequences.map(({ returns }) => returns) };
}

interface Sequence {
  readonly returns: Float64Array;
  /** Where its trained tokens stand. */
  readonly places: Int32Array;
  /** The accumulated weight at each trained token, 0 at the others. */
  readonly weights: Float64Array;
}

function sequenceOf(inputs: OptimalTokenBaselineInputs, sequence: number): Sequence {
  const rewards = inputs.tokenRewards[sequence] as ArrayLike<number>;
  const bits = inputs.mask[sequence] as ArrayLike<number>;
  const logProbs = inputs.oldLogProbs[sequence] as ArrayLike<number>;
  const squares = inputs.squaredProbabilitySums[sequence] as ArrayLike<number>;
  const importance = inputs.importanceWeights?.[sequence];
  const returns = new Float64Array(rewards.length);
  let toGo = 0;
  let count = 0;
  for (let token = rewards.length - 1; token >= 0; token -= 1) {
    if (bits[token] !== 0) {
      toGo += rewards[token] as number;
      count += 1;
    }
    returns[token] = toGo;
  }
  const places = new Int32Array(count);
  const weights = new Float64Array(rewards.length);
  let weight = 0;
  let place = 0;
  for (let token = 0; token < rewards.length; token += 1) {
    if (bits[token] === 0) continue;
    const scale = importance === undefined ? 1 : (importance[token] as number);
    weight += (1 - 2 * Math.exp(logProbs[token] as number) + (squares[token] as number)) * scale * scale;
    places[place] = token;
    weights[token] = weight;
    place += 1;
  }
  return { returns, places, weights };
}

// Rows of each group; with `trained` only rows that have a trained token.
function membersOf(groups: readonly (string | number)[], trained: readonly Sequence[] | undefined): number[][] {
  const members = new Map<string | number, number[]>();
  groups.forEach((group, row) => {
    if (trained?.[row]?.places.length === 0) return;
    const rows = members.get(group) ?? [];
    members.set(group, rows);
    rows.push(row);
  });
  return [...members.values()];
}

function groupBaselines(sequences: readonly Sequence[], align: 'place' | 'turn-token', epsilon: number): Float64Array {
  const width = Math.max(...sequences.map(({ returns }) => returns.length));
  const sums = new Float64Array(width);
  const weightSums = new Float64Array(width);
  for (const { returns, places, weights } of sequences) {
    for (let place = 0; place < places.length; place += 1) {
      const token = places[place] as number;
      const at = align === 'place' ? token : place;
      const weight = weights[token] as number;
      sums[at] = (sums[at] as number) + (returns[token] as number) * weight;
      weightSums[at] = (weightSums[at] as number) + weight;
    }
  }
  for (let at = 0; at < width; at += 1) {
    const weight = (weightSums[at] as number) + epsilon;
    // No weight, no baseline: tokens that were certain have a score of 0.
    sums[at] = weight === 0 ? 0 : (sums[at] as number) / weight;
  }
  return sums;
}

function loneTail(
  members: readonly number[],
  sequences: readonly Sequence[],
): { readonly row: number; readonly start: number } | undefined {
  const lengths = members.map((row) => ({ row, length: sequences[row]?.places.length ?? 0 }));
  const [longest, second] = lengths.sort((a, b) => b.length - a.length);
  if (longest === undefined || second === undefined || longest.length === second.length) return undefined;
  return { row: longest.row, start: second.length };
}
