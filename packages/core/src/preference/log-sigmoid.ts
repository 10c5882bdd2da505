import { tf } from '@rlloom/tensor';

/**
 * `log σ(x) = min(x, 0) − log(1 + e^{−|x|})`, exact to rounding from −1e30 to 1e30, with the gradient `σ(−x)`.
 *
 * Not `tf.logSigmoid`, which loses digits near 0 from below (`log(1 + e^x)` of a small `e^x`).
 *
 * @param x any shape
 */
export function logSigmoid<Given extends tf.Tensor>(x: Given): Given {
  return tf.customGrad((given, save) => {
    const input = given as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    return {
      value: tf.sub(tf.minimum(input, 0), tf.log1p(tf.exp(tf.neg(tf.abs(input))))),
      gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(upstream, tf.sigmoid(tf.neg(saved[0] as tf.Tensor))),
    };
  })(x) as Given;
}
