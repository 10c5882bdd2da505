import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Inputs of `implicitProcessRewards`. B = sequences, T = tokens; rows may differ in length. */
export interface ImplicitProcessRewardInputs {
  /** Log-probs of the sampled tokens under the implicit reward model π_φ. `[B,T]` */
  readonly rewardModelLogProbs: TokenRows;
  /** Log-probs of the same tokens under its reference. `[B,T]` */
  readonly referenceLogProbs: TokenRows;
  /** `[B,T]`, not 0 on trained tokens. */
  readonly mask: TokenRows;
}

/** Options of `implicitProcessRewards`. */
export interface ImplicitProcessRewardOptions {
  /** Scale β of the rewards, the one the reward model is trained with. Default 0.05 (PRIME's `beta_train`). */
  readonly beta?: number;
  /** A reward at every `token`, or their sum at the last trained token of the `whole` response. Default `token`. */
  readonly granularity?: 'token' | 'whole';
}

/**
 * Rewards per token from a reward model that was only ever told whether the whole response is right:
 * `r_t = β · (log π_φ(t) − log π_ref(t))` on trained tokens, 0 elsewhere.
 *
 * Implicit PRM, arXiv:2412.01981; PRIME, arXiv:2502.01456 (its code leaves β out of these rewards: `beta` 1). The model
 * is trained by `implicitRewardLoss`; advantages come from `processRewardAdvantages`.
 *
 * @returns `[B,T]`
 * @throws ShapeError when shapes differ
 * @throws RangeError when the reward of a trained token is not finite
 * @example
 * ```ts
 * const inputs = { rewardModelLogProbs: [[-1, -2, 0]], referenceLogProbs: [[-3, -1, 0]], mask: [[1, 1, 0]] };
 * implicitProcessRewards(inputs, { beta: 0.5 }); // => [[1, -0.5, 0]]
 * implicitProcessRewards(inputs, { beta: 0.5, granularity: 'whole' }); // => [[0, 0.5, 0]]
 * ```
 */
export function implicitProcessRewards(
  inputs: ImplicitProcessRewardInputs,
  options: ImplicitProcessRewardOptions = {},
): Float64Array[] {
  const { rewardModelLogProbs, referenceLogProbs, mask } = inputs;
  const { beta = 0.05, granularity = 'token' } = options;
  checkSameRows('implicitProcessRewards', { rewardModelLogProbs, referenceLogProbs, mask });
  return mask.map((weights, sequence) => {
    const model = rewardModelLogProbs[sequence] ?? [];
    const reference = referenceLogProbs[sequence] ?? [];
    const rewards = new Float64Array(weights.length);
    let sum = 0;
    let last = -1;
    for (let token = 0; token < weights.length; token += 1) {
      if (weights[token] === 0) continue;
      const reward = beta * ((model[token] as number) - (reference[token] as number));
      if (!Number.isFinite(reward)) {
        throw new RangeError(
          `implicitProcessRewards: rewards of trained tokens must be finite, given ${reward} at token ${token} of ` +
            `sequence ${sequence}`,
        );
      }
      last = token;
      if (granularity === 'token') rewards[token] = reward;
      else sum += reward;
    }
    if (granularity === 'whole' && last >= 0) rewards[last] = sum;
    return rewards;
  });
}
