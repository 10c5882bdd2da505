import { tf } from '@rlloom/tensor';
import { type BetaOptions, checkBeta } from './dpo-pair-loss.ts';
import { logSigmoid } from './log-sigmoid.ts';
import { type PairInputs, type PairLoss, pairLoss } from './pair-loss.ts';

/** Inputs of `xpoLoss`: pairs of a completion sampled by the policy and one sampled by the reference model. */
export interface XpoInputs extends PairInputs {
  /** Log-probs under the policy of the completion that the reference model sampled, whichever was chosen, `[B]`. */
  readonly referenceSampleLogProbs: tf.Tensor1D;
}

/** Options of `xpoLoss`. */
export interface XpoOptions extends BetaOptions {
  /** α, the weight of exploration. Not negative. Default 1e-5 (TRL). */
  readonly alpha?: number;
  /** The loss of the pair. Default `sigmoid`. */
  readonly loss?: 'sigmoid' | 'ipo';
}

/**
 * XPO, Online DPO that explores: `L = −log σ(β·(Δ_c − Δ_r)) + α·log π(y_ref)`, or for `ipo`
 * `(Δ_c − Δ_r − 1/(2β))² + α·log π(y_ref)`, with y_ref the completion that the reference model sampled: the policy is
 * pushed away from what the reference does already.
 *
 * Log-probs are sums over tokens, for `ipo` too.
 *
 * XPO, arXiv:2405.21046.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown loss, a beta that is not above 0, or a negative alpha
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([-2]),
 *   rejectedLogProbs: tf.tensor1d([-5]),
 *   referenceChosenLogProbs: tf.tensor1d([-2]),
 *   referenceRejectedLogProbs: tf.tensor1d([-5]),
 *   referenceSampleLogProbs: tf.tensor1d([-5]),
 * };
 * xpoLoss(inputs, { beta: 0.5, alpha: 0.1, loss: 'ipo' }).loss.arraySync(); // => 0.5
 * ```
 */
export const xpoLoss: PairLoss<XpoOptions, XpoInputs> = pairLoss('xpoLoss', (given, options) => {
  const { alpha = 1e-5, loss = 'sigmoid' } = options;
  const beta = checkBeta('xpoLoss', options);
  if (!(alpha >= 0)) throw new RangeError(`xpoLoss: alpha must not be negative, given ${alpha}`);
  if (loss !== 'sigmoid' && loss !== 'ipo') throw new RangeError(`xpoLoss: unknown loss ${String(loss)}`);
  const chosen = tf.sub<tf.Tensor1D>(given.chosenLogProbs, given.referenceChosenLogProbs);
  const rejected = tf.sub<tf.Tensor1D>(given.rejectedLogProbs, given.referenceRejectedLogProbs);
  const margin = tf.sub(chosen, rejected);
  const preference =
    loss === 'ipo' ? tf.square(tf.sub(margin, 1 / (2 * beta))) : tf.neg(logSigmoid(tf.mul(margin, beta)));
  return {
    losses: tf.add(preference, tf.mul(given.referenceSampleLogProbs, alpha)),
    chosenRewards: tf.mul(chosen, beta),
    rejectedRewards: tf.mul(rejected, beta),
  };
});
