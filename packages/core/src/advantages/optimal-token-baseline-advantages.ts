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
  const counts = align === 'turn-token' || zeroTail ? mask.map(countTrained) : undefined;
  const returns = mask.map((row, sequence) => rewardsToGo(tokenRewards[sequence] as ArrayLike<number>, row));
  const advantages = mask.map((row) => new Float64Array(row.length));
  for (const members of membersOf(groups, align === 'turn-token' ? counts : undefined)) {
    const baselines = groupBaselines({ ...inputs, returns, members }, align, epsilon);
    const lone = zeroTail && counts !== undefined ? loneTail(members, counts) : undefined;
    for (const sequence of members) {
      const end = members.length < 2 ? 0 : lone?.sequence === sequence ? lone.start : Number.POSITIVE_INFINITY;
      const rows = { bits: mask[sequence] as ArrayLike<number>, returns: returns[sequence] as Float64Array };
      subtractBaselines(advantages[sequence] as Float64Array, rows, { baselines, end, align });
    }
  }
  return { advantages, returns };
}

function rewardsToGo(rewards: ArrayLike<number>, bits: ArrayLike<number>): Float64Array {
  const returns = new Float64Array(rewards.length);
  let toGo = 0;
  for (let token = rewards.length - 1; token >= 0; token -= 1) {
    if (bits[token] !== 0) toGo += rewards[token] as number;
    returns[token] = toGo;
  }
  return returns;
}

function countTrained(bits: ArrayLike<number>): number {
  let count = 0;
  for (let token = 0; token < bits.length; token += 1) if (bits[token] !== 0) count += 1;
  return count;
}

// Rows of each group; with `counts` only rows that have a trained token.
function membersOf(groups: readonly (string | number)[], counts: readonly number[] | undefined): number[][] {
  const members = new Map<string | number, number[]>();
  groups.forEach((group, row) => {
    if (counts?.[row] === 0) return;
    const rows = members.get(group) ?? [];
    members.set(group, rows);
    rows.push(row);
  });
  return [...members.values()];
}

type Alignment = 'place' | 'turn-token';

interface Group extends OptimalTokenBaselineInputs {
  readonly returns: readonly Float64Array[];
  readonly members: readonly number[];
}

// Weighted means of the returns by place. The weights are used where they arise, so that no row of them is kept.
function groupBaselines(group: Group, align: Alignment, epsilon: number): Float64Array {
  const { members, returns } = group;
  const width = members.reduce((widest, sequence) => Math.max(widest, returns[sequence]?.length ?? 0), 0);
  const [sums, weightSums] = [new Float64Array(width), new Float64Array(width)];
  for (const sequence of members) addWeighted(group, sequence, { sums, weightSums, align });
  for (let at = 0; at < width; at += 1) {
    const weight = (weightSums[at] as number) + epsilon;
    // No weight, no baseline: tokens that were certain have a score of 0.
    sums[at] = weight === 0 ? 0 : (sums[at] as number) / weight;
  }
  return sums;
}

function addWeighted(
  group: Group,
  sequence: number,
  { sums, weightSums, align }: { sums: Float64Array; weightSums: Float64Array; align: Alignment },
): void {
  const bits = group.mask[sequence] as ArrayLike<number>;
  const logProbs = group.oldLogProbs[sequence] as ArrayLike<number>;
  const squares = group.squaredProbabilitySums[sequence] as ArrayLike<number>;
  const importance = group.importanceWeights?.[sequence];
  const returns = group.returns[sequence] as Float64Array;
  let weight = 0;
  let trained = 0;
  for (let token = 0; token < bits.length; token += 1) {
    if (bits[token] === 0) continue;
    const scale = importance === undefined ? 1 : (importance[token] as number);
    weight += (1 - 2 * Math.exp(logProbs[token] as number) + (squares[token] as number)) * scale * scale;
    const at = align === 'place' ? token : trained;
    sums[at] = (sums[at] as number) + (returns[token] as number) * weight;
    weightSums[at] = (weightSums[at] as number) + weight;
    trained += 1;
  }
}

// Places from `end` on have no baseline.
function subtractBaselines(
  advantages: Float64Array,
  { bits, returns }: { readonly bits: ArrayLike<number>; readonly returns: Float64Array },
  { baselines, end, align }: { readonly baselines: Float64Array; readonly end: number; readonly align: Alignment },
): void {
  let trained = 0;
  for (let token = 0; token < bits.length; token += 1) {
    if (bits[token] === 0) continue;
    const at = align === 'place' ? token : trained;
    trained += 1;
    advantages[token] = at < end ? (returns[token] as number) - (baselines[at] as number) : (returns[token] as number);
  }
}

function loneTail(
  members: readonly number[],
  counts: readonly number[],
): { readonly sequence: number; readonly start: number } | undefined {
  const lengths = members.map((sequence) => ({ sequence, length: counts[sequence] ?? 0 }));
  const [longest, second] = lengths.sort((a, b) => b.length - a.length);
  if (longest === undefined || second === undefined || longest.length === second.length) return undefined;
  return { sequence: longest.sequence, start: second.length };
}
