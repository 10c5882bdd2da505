import { tf } from '@rlloom/tensor';

/**
 * `x · weightᵀ + bias`.
 *
 * @param x `[N,in]`
 * @param weight `[out,in]`, as in most checkpoints
 * @param bias `[out]`
 */
export function linear(x: tf.Tensor2D, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor2D {
  const product: tf.Tensor2D = tf.matMul(x, weight, false, true);
  return bias === undefined ? product : tf.add(product, bias);
}
