import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { clippedPolicyLoss, type ClippedPolicyLossOptions, type ClipRule } from './clipped-policy-loss.ts';
import { type PolicyLoss, type PolicyLossInputs, policyLoss } from './policy-loss.ts';

/** Inputs of `decoupledLoss`. `oldLogProbs` are those of the proximal policy, which the clip is centred on. */
export interface DecoupledInputs extends PolicyLossInputs {
  /** Log-probs under the policy that sampled, `[B,T]`. */
  readonly behaviorLogProbs: tf.Tensor2D;
}

/** Options of `decoupledLoss`. */
export interface DecoupledOptions extends ClippedPolicyLossOptions {
  /** Highest behaviour weight `π_prox/π_behav`; `null` for none. Default `null`. */
  readonly behaviorWeightCap?: number | null;
  /** What a weight above the cap becomes: the cap (`truncate`) or 0 (`mask`, the token does not train). Default `mask` (AReaL). */
  readonly behaviorWeightMode?: 'truncate' | 'mask';
}

/**
 * Decoupled PPO for stale samples: the clip is around a recent proximal policy, while the weight corrects for the older
 * policy that sampled: `L = sg[π_prox/π_behav]·max(−A·ρ, −A·clip(ρ))`, `ρ = π/π_prox`.
 *
 * Proximal log-probs are recomputed before the update, or interpolated (`proximalLogProbs`).
 *
 * AReaL, arXiv:2505.24298; decoupled objective, arXiv:2110.00641.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.log(tf.tensor2d([[0.5]])),
 *   oldLogProbs: tf.log(tf.tensor2d([[0.5]])),
 *   behaviorLogProbs: tf.log(tf.tensor2d([[0.25]])),
 *   advantages: tf.tensor1d([3]),
 *   mask: tf.ones<tf.Rank.R2>([1, 1]),
 * };
 * decoupledLoss(inputs, { aggregation: { mode: 'token-sum' } }).loss.arraySync().toFixed(3); // => '-6.000'
 * ```
 */
export const decoupledLoss: PolicyLoss<DecoupledOptions, ClipRule | 'stale', DecoupledInputs> = policyLoss(
  'decoupledLoss',
  (given, options, { behaviorLogProbs }: DecoupledInputs) => {
    checkTokenTensors('decoupledLoss', { behaviorLogProbs, mask: given.mask });
    const { behaviorWeightCap = null, behaviorWeightMode = 'mask', ...clipping } = options;
    const clipped = clippedPolicyLoss.perToken(given, clipping);
    const gap = tf.sub(given.oldLogProbs, selectUnmasked(behaviorLogProbs, given.mask));
    const weight = tf.exp(tf.clipByValue(gap, -20, 20));
    const stale =
      behaviorWeightCap === null ? tf.zerosLike(tf.cast(weight, 'bool')) : tf.greater(weight, behaviorWeightCap);
    const held = behaviorWeightMode === 'mask' ? tf.zerosLike(weight) : tf.fill(weight.shape, behaviorWeightCap ?? 0);
    return {
      tokenLoss: tf.mul(clipped.tokenLoss, tf.where(stale, held, weight)),
      logRatio: clipped.logRatio,
      rules: { ...clipped.rules, stale },
    };
  },
);
