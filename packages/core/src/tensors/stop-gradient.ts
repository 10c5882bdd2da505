import { tf } from '@rlloom/tensor';

/**
 * The same values as a constant: no gradient flows through. The `sg[·]` of the formulas.
 *
 * tfjs has no such operation, so this is a custom gradient of zero.
 *
 * @param values any tensor
 * @returns a tensor of the same values, owned by the caller
 */
export function stopGradient<Given extends tf.Tensor>(values: Given): Given {
  return tf.customGrad((given) => ({
    value: (given as tf.Tensor).clone(),
    gradFunc: (upstream: tf.Tensor) => tf.zerosLike(upstream),
  }))(values) as Given;
}
