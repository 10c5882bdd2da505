import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { checkTokenTensors, shapesOf } from '../tensors/check-shape.ts';
import { type Count, aggregateLoss } from './aggregate-loss.ts';

/** Inputs of `positiveLikelihoodLoss`. */
export interface PositiveLikelihoodInputs {
  /** `[B,T]` */
  readonly logProbs: tf.Tensor2D;
  /** `[B,T]`, 1 on trained tokens. */
  readonly mask: tf.Tensor2D;
  /** `[B]`, 1 where the sample is correct. */
  readonly correct: tf.Tensor1D;
}

/**
 * Imitation of one's own correct samples, added to a policy loss with a weight (0.1 in the paper): the mean of
 * `−log π` over the tokens of correct samples; 0 where none is correct.
 *
 * VAPO, arXiv:2504.05118; NeMo-RL's `positive_example_nll_weight`.
 *
 * @param correctTokenCount tokens of correct samples in the whole batch. Default: those given
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1, -3], [-9, -9]]),
 *   mask: tf.ones<tf.Rank.R2>([2, 2]),
 *   correct: tf.tensor1d([1, 0]),
 * };
 * positiveLikelihoodLoss(inputs).arraySync(); // => 2
 * ```
 */
export function positiveLikelihoodLoss(inputs: PositiveLikelihoodInputs, correctTokenCount?: Count): tf.Scalar {
  const { logProbs, mask, correct } = inputs;
  checkTokenTensors('positiveLikelihoodLoss', { logProbs, mask });
  if (correct.rank !== 1 || correct.shape[0] !== mask.shape[0]) {
    throw new ShapeError('positiveLikelihoodLoss', 'correct [B]', shapesOf({ correct, mask }));
  }
  return tf.tidy(() => {
    const trained = tf.mul<tf.Tensor2D>(mask, tf.expandDims(tf.cast(tf.greater(correct, 0), 'float32'), 1));
    return aggregateLoss(tf.neg(logProbs), trained, {
      mode: 'token-mean',
      tokenCount: correctTokenCount ?? tf.sum(trained),
    });
  });
}
