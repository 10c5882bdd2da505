import { tf } from '@rlloom/tensor';
import { maskedSum } from '../masking/masked-mean.ts';
import { checkTokenTensors } from '../tensors/check-shape.ts';

/**
 * The log-prob of each completion: the sum over its tokens, or their mean; 0 for a completion without tokens.
 *
 * @param logProbs `[B,T]`
 * @param mask `[B,T]`, 1 on tokens of the completion
 * @param reduction default `sum`
 * @returns `[B]`
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const [logProbs, mask] = [tf.tensor2d([[-1, -3, -9]]), tf.tensor2d([[1, 1, 0]])];
 * sequenceLogProbs(logProbs, mask).arraySync(); // => [-4]
 * sequenceLogProbs(logProbs, mask, 'mean').arraySync(); // => [-2]
 * ```
 */
export function sequenceLogProbs(
  logProbs: tf.Tensor2D,
  mask: tf.Tensor2D,
  reduction: 'sum' | 'mean' = 'sum',
): tf.Tensor1D {
  checkTokenTensors('sequenceLogProbs', { logProbs, mask });
  return tf.tidy(() => {
    const sums = maskedSum(logProbs, mask, 1) as tf.Tensor1D;
    return reduction === 'sum' ? sums : tf.div(sums, tf.maximum(tf.sum(mask, 1), 1));
  });
}
