import { checkPerSequence, checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Inputs of `generalizedAdvantages`. B = sequences, T = tokens. */
export interface GeneralizedInputs {
  /** `[B,T]`; an outcome reward sits on the last trained token. */
  readonly tokenRewards: TokenRows;
  /** What the critic expects at each token, `[B,T]`. */
  readonly values: TokenRows;
  /** `[B,T]`, 1 on trained tokens; 0 on tokens of tools and users, and on padding. */
  readonly mask: TokenRows;
  /** The value after the last token, `[B]`: 0 where the response ended, the critic's guess where it was cut off. Default 0. */
  readonly bootstrapValues?: ArrayLike<number>;
}

/** Options of `generalizedAdvantages`. */
export interface GeneralizedOptions {
  /** Discount per token. Default 1. */
  readonly gamma?: number;
  /** λ, one for all or one per sequence (see `lengthAdaptiveLambda`). Default 1. */
  readonly lambda?: number | ArrayLike<number>;
  /** λ of the returns that train the critic, where it shall differ (VAPO: 1). Default: that of the advantages. */
  readonly returnLambda?: number;
  /**
   * What a gap of masked tokens does. `carry`: it is skipped, the next value and advantage pass over it at no discount
   * (verl, AReaL, NeMo-RL). `zero`: its rewards and values count as 0 and each of its tokens discounts (TRL, OpenRLHF,
   * slime, ROLL). `ignore`: its rewards and values count as they stand (SkyRL). Default `carry`.
   */
  readonly gaps?: 'carry' | 'zero' | 'ignore';
  /** What stands at masked places of the result: 0, or what the recursion had there. Default `zero`. */
  readonly atMasked?: 'zero' | 'recursion';
}

/**
 * Generalised advantage estimation, backwards over tokens:
 * `δ_t = r_t + γ·V_{t+1} − V_t`, `A_t = δ_t + γ·λ·A_{t+1}`, `returns = A + V`.
 *
 * Not whitened: verl and TRL follow it by `whitenOverTokens`, and take the returns before that.
 *
 * GAE, arXiv:1506.02438; own λ for the critic and λ by length: VAPO, arXiv:2504.05118.
 *
 * @returns `advantages` and `returns`, `[B,T]` each
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = { tokenRewards: [[1, 2, 3]], values: [[0.5, 1, 1.5]], mask: [[1, 1, 1]] };
 * generalizedAdvantages(inputs, { lambda: 0.5 }).returns; // => [[3.625, 4.25, 3]]
 * ```
 */
export function generalizedAdvantages(
  inputs: GeneralizedInputs,
  options: GeneralizedOptions = {},
): { readonly advantages: Float64Array[]; readonly returns: Float64Array[] } {
  const { tokenRewards, values, mask, bootstrapValues } = inputs;
  checkSameRows('generalizedAdvantages', { tokenRewards, values, mask });
  const { lambda = 1, gaps = 'carry', atMasked = 'zero' } = options;
  const lambdas = typeof lambda === 'number' ? undefined : lambda;
  checkPerSequence('generalizedAdvantages', { bootstrapValues, lambda: lambdas }, mask);
  const advantages: Float64Array[] = [];
  const returns: Float64Array[] = [];
  for (let sequence = 0; sequence < mask.length; sequence += 1) {
    const bits = mask[sequence] as ArrayLike<number>;
    const critic = values[sequence] as ArrayLike<number>;
    const own = typeof lambda === 'number' ? lambda : (lambda[sequence] as number);
    const { returnLambda = own, gamma = 1 } = options;
    const row = {
      rewards: tokenRewards[sequence] as ArrayLike<number>,
      values: critic,
      bits,
      bootstrap: bootstrapValues?.[sequence] ?? 0,
      gamma,
    };
    const advantage = recursion(row, own, gaps);
    const target = returnLambda === own ? advantage.slice() : recursion(row, returnLambda, gaps);
    for (let token = 0; token < target.length; token += 1) {
      const zero = atMasked === 'zero' && bits[token] === 0;
      target[token] = zero ? 0 : (target[token] as number) + (critic[token] as number);
      if (zero) advantage[token] = 0;
    }
    advantages.push(advantage);
    returns.push(target);
  }
  return { advantages, returns };
}

/**
 * VAPO's λ for each sequence: `1 − 1/(alpha·n)`, at least 0. A longer response gets a λ nearer 1, so that its outcome
 * reaches its first tokens.
 *
 * VAPO, arXiv:2504.05118.
 *
 * @param lengths trained tokens of each sequence
 * @param alpha above 0; 0.05 in the paper
 * @throws RangeError for an alpha that is not above 0
 * @example
 * ```ts
 * lengthAdaptiveLambda([100, 200], 0.05); // => [0.8, 0.9]
 * ```
 */
export function lengthAdaptiveLambda(lengths: readonly number[], alpha = 0.05): number[] {
  if (!(alpha > 0)) throw new RangeError(`lengthAdaptiveLambda: alpha must be above 0, given ${alpha}`);
  return lengths.map((length) => (length === 0 ? 0 : Math.max(0, 1 - 1 / (alpha * length))));
}

interface Row {
  readonly rewards: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly bits: ArrayLike<number>;
  readonly bootstrap: number;
  readonly gamma: number;
}

function recursion({ rewards, values, bits, bootstrap, gamma }: Row, lambda: number, gaps: string): Float64Array {
  const advantages = new Float64Array(rewards.length);
  let nextValue = bootstrap;
  let nextAdvantage = 0;
  for (let token = rewards.length - 1; token >= 0; token -= 1) {
    const masked = bits[token] === 0;
    if (!masked || gaps === 'ignore') {
      const value = values[token] as number;
      nextAdvantage = (rewards[token] as number) + gamma * nextValue - value + gamma * lambda * nextAdvantage;
      nextValue = value;
    } else if (gaps === 'zero') {
      nextAdvantage = gamma * nextValue + gamma * lambda * nextAdvantage;
      nextValue = 0;
    }
    advantages[token] = nextAdvantage;
  }
  return advantages;
}
