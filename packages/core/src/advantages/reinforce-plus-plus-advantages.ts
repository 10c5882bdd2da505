import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';
import { ShapeError } from '../shape-error.ts';
import { broadcastOverTokens } from './broadcast-over-tokens.ts';
import { checkRewards } from './check-rewards.ts';
import { moments } from './moments.ts';
import { perGroup } from './per-group.ts';
import { type WhitenOptions, whitenOverTokens } from './whiten-over-tokens.ts';

/** Inputs of `discountedReturns`, each `[B,T]`. */
export interface DiscountedReturnsInputs {
  /** Rewards per token; a KL penalty is taken off before (`klShapedRewards`). */
  readonly tokenRewards: TokenRows;
  /** 1 on trained tokens. */
  readonly mask: TokenRows;
}

/** Options of `discountedReturns`. */
export interface DiscountedReturnsOptions {
  /** Discount per token. Default 1. */
  readonly gamma?: number;
  /**
   * What a masked token does. `reset`: what comes after it does not reach what comes before (verl, whose responses
   * end at their first masked token). `ignore`: it counts like any other (SkyRL). Default `reset`.
   */
  readonly gaps?: 'reset' | 'ignore';
}

/**
 * Discounted rewards to go: `G_t = r_t + γ·G_{t+1}`. With gaps `reset` a masked token keeps its own `G` and passes 0
 * on.
 *
 * @returns `[B,T]`
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * discountedReturns({ tokenRewards: [[1, 1, 1]], mask: [[1, 1, 0]] }); // => [[2, 1, 1]]
 * ```
 */
export function discountedReturns(
  inputs: DiscountedReturnsInputs,
  options: DiscountedReturnsOptions = {},
): Float64Array[] {
  const { tokenRewards, mask } = inputs;
  checkSameRows('discountedReturns', { tokenRewards, mask });
  const { gamma = 1, gaps = 'reset' } = options;
  return tokenRewards.map((rewards, sequence) => {
    const bits = mask[sequence] as ArrayLike<number>;
    const returns = new Float64Array(rewards.length);
    let next = 0;
    for (let token = rewards.length - 1; token >= 0; token -= 1) {
      const sum = (rewards[token] as number) + gamma * next;
      returns[token] = sum;
      next = gaps === 'reset' && bits[token] === 0 ? 0 : sum;
    }
    return returns;
  });
}

/** Options of `reinforcePlusPlusAdvantages`. */
export interface ReinforcePlusPlusOptions extends DiscountedReturnsOptions, Omit<WhitenOptions, 'atMasked'> {}

/**
 * REINFORCE++: discounted rewards to go, whitened over all trained tokens of the batch instead of within a group.
 *
 * Who differs: verl and TRL whiten by the sample variance, OpenRLHF and NeMo-RL by the population's (`ddof: 0`), over
 * all workers.
 *
 * REINFORCE++, arXiv:2501.03262.
 *
 * @returns `advantages` and the `returns` before whitening, `[B,T]` each
 * @throws ShapeError when shapes differ
 * @throws RangeError where the batch has too few tokens for a variance
 * @example
 * ```ts
 * const inputs = { tokenRewards: [[0, 2], [0, 0]], mask: [[1, 1], [1, 1]] };
 * reinforcePlusPlusAdvantages(inputs, { ddof: 0 }).advantages; // => [[1, 1], [-1, -1]]
 * ```
 */
export function reinforcePlusPlusAdvantages(
  inputs: DiscountedReturnsInputs,
  options: ReinforcePlusPlusOptions = {},
): { readonly advantages: Float64Array[]; readonly returns: Float64Array[] } {
  const returns = discountedReturns(inputs, options);
  return { advantages: whitenOverTokens(returns, inputs.mask, options), returns };
}

/** Inputs of `reinforcePlusPlusBaselineAdvantages`. */
export interface ReinforcePlusPlusBaselineInputs {
  /** One per sequence; `null` where no verdict was possible. */
  readonly rewards: readonly (number | null)[];
  /** The group (prompt) of each sequence. */
  readonly groups: readonly (string | number)[];
  /** `[B,T]`, 1 on trained tokens. */
  readonly mask: TokenRows;
}

/** Options of `reinforcePlusPlusBaselineAdvantages`. */
export interface ReinforcePlusPlusBaselineOptions extends Omit<WhitenOptions, 'atMasked'> {
  /** What a lone verifiable reward keeps: `reward` itself (verl) or `zero`. Default `reward`. */
  readonly singleton?: 'reward' | 'zero';
}

/**
 * REINFORCE++ with a group baseline: `r_i − mean of its group` on every token, whitened over all trained tokens of the
 * batch. Unverifiable sequences get 0 and do not enter the whitening.
 *
 * REINFORCE++, arXiv:2501.03262; OpenRLHF's `reinforce_baseline`.
 *
 * @returns `[B,T]`
 * @throws ShapeError when lengths differ
 * @throws RangeError where the batch has too few tokens for a variance
 * @example
 * ```ts
 * const inputs = { rewards: [3, 1], groups: ['a', 'a'], mask: [[1], [1]] };
 * reinforcePlusPlusBaselineAdvantages(inputs, { ddof: 0 }); // => [[1], [-1]]
 * ```
 */
export function reinforcePlusPlusBaselineAdvantages(
  inputs: ReinforcePlusPlusBaselineInputs,
  options: ReinforcePlusPlusBaselineOptions = {},
): Float64Array[] {
  const { rewards, groups, mask } = inputs;
  if (rewards.length !== mask.length) {
    throw new ShapeError('reinforcePlusPlusBaselineAdvantages', 'one reward per row of the mask', {
      rewards: [rewards.length],
      mask: [mask.length],
    });
  }
  const { singleton = 'reward' } = options;
  const centred = perGroup(rewards, groups, (group) => {
    const verified = checkRewards('reinforcePlusPlusBaselineAdvantages', group);
    const [mean] = verified.length === 1 && singleton === 'reward' ? [0] : moments(verified, 0);
    return group.map((reward) => (reward === null ? null : reward - mean));
  });
  const verifiable = mask.map((row, sequence) => (centred[sequence] === null ? new Float64Array(row.length) : row));
  return whitenOverTokens(broadcastOverTokens(centred, mask), verifiable, options);
}
