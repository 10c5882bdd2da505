import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { clipInside } from '../tensors/ties.ts';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { pairMean, type PairLoss } from './pair-loss.ts';

/** Options of `ktoPairLoss`. */
export interface KtoPairOptions extends BetaOptions {
  /**
   * The reference point of the rejected, a constant: the mean log ratio of the chosen over the whole batch, at least 0.
   * Default: that of the rows given, with its gradient.
   */
  readonly chosenKl?: Count;
  /** The reference point of the chosen, likewise the mean log ratio of the rejected. */
  readonly rejectedKl?: Count;
}

/**
 * KTO of pairs: `L = ½·[σ(−β·(Δ_c − z_r)) + σ(−β·(z_c − Δ_r))]`, z the mean log ratio of the other side, at least 0.
 *
 * With `chosenKl` and `rejectedKl` given, micro-batches add up to the batch; without, z is of the rows given and another
 * split is another loss.
 *
 * Who differs: TRL up to 0.11 (`kto_pair`) lets gradient through z, as here without the two options, and lists the
 * losses of the chosen and of the rejected one after the other, so that its mean has this ½.
 *
 * KTO, arXiv:2402.01306.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: zero,
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * ktoPairLoss(inputs).loss.arraySync(); // => 0.5
 * ```
 */
export const ktoPairLoss: PairLoss<KtoPairOptions> = dpoPairLoss(
  'ktoPairLoss',
  ({ chosen, rejected, beta }, options, given) => {
    const chosenKl = options.chosenKl ?? atLeastZero(pairMean(chosen, given));
    const rejectedKl = options.rejectedKl ?? atLeastZero(pairMean(rejected, given));
    const desired = tf.sigmoid(tf.mul(tf.sub(rejectedKl, chosen), beta));
    const undesired = tf.sigmoid(tf.mul(tf.sub(rejected, chosenKl), beta));
    return tf.mul(tf.add(desired, undesired), 0.5);
  },
);

// At 0 itself no gradient flows, as in PyTorch.
function atLeastZero(mean: tf.Tensor): tf.Tensor {
  return clipInside(mean, 0, Number.POSITIVE_INFINITY);
}
