import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';
import { aggregateLoss, type Count } from './aggregate-loss.ts';

/** Options of `supervisedLoss`. */
export interface SupervisedLossOptions {
  /** `nll`: negative log-likelihood. `dft`: each token's weighted by its own probability. Default `nll`. */
  readonly kind?: 'nll' | 'dft';
  /** Trained tokens of the whole batch. Default: those of this mask. */
  readonly tokenCount?: Count;
}

/**
 * The loss of supervised fine-tuning, per trained token: `−Σ log p · m / tokenCount`, or for `dft`
 * `−Σ sg[p] · log p · m / tokenCount`.
 *
 * DFT, arXiv:2508.05629. Label smoothing needs logits: `smoothedCrossEntropy`.
 *
 * @param logProbs of the label tokens, `[B,T]`
 * @param mask `[B,T]`, 1 on trained tokens
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * supervisedLoss(tf.tensor2d([[-1, -2, -3]]), tf.tensor2d([[1, 1, 0]])).arraySync(); // => 1.5
 * ```
 */
export function supervisedLoss(
  logProbs: tf.Tensor2D,
  mask: tf.Tensor2D,
  options: SupervisedLossOptions = {},
): tf.Scalar {
  checkTokenTensors('supervisedLoss', { logProbs, mask });
  const { kind = 'nll', tokenCount } = options;
  return tf.tidy(() => {
    const surprise = tf.neg(logProbs);
    const tokenLoss = kind === 'dft' ? tf.mul(stopGradient(tf.exp(logProbs)), surprise) : surprise;
    return aggregateLoss(tokenLoss as tf.Tensor2D, mask, {
      mode: 'token-mean',
      ...(tokenCount !== undefined && { tokenCount }),
    });
  });
}
