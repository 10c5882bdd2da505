import { tf } from '@rlloom/tensor';

/**
 * Normalisation to mean 0 and variance 1 over the last axis, `weight · (x − mean) / √(variance + ε) + bias`
 * (arXiv:1607.06450). Its gradient is written out: fewer operations than the chain rule over the same formula.
 *
 * @param x `[N,H]`
 * @param scaling weight and bias, `[H]` each
 */
export function layerNorm(
  x: tf.Tensor2D,
  scaling: { readonly weight: tf.Tensor; readonly bias: tf.Tensor },
  epsilon: number,
): tf.Tensor2D {
  return normalize(epsilon)(x, scaling.weight, scaling.bias) as tf.Tensor2D;
}

const normalize = (epsilon: number) =>
  tf.customGrad((...given) => {
    const [x, weight, bias, save] = given as unknown as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const centered = tf.sub(x, tf.mean(x, 1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centered), 1, true), epsilon));
    const unit = tf.mul(centered, scale);
    save([unit, scale, weight]);
    return {
      value: tf.add(tf.mul(unit, weight), bias),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        gradient(dy as tf.Tensor2D, saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]),
    };
  });

// With u = (x − mean)·s and g = dy·w:  dx = s·(g − mean(g) − u·mean(g·u)),  dw = Σ dy·u,  db = Σ dy.
function gradient(dy: tf.Tensor2D, [unit, scale, weight]: [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]): tf.Tensor[] {
  const weighted = tf.mul(dy, weight);
  const projection = tf.mul(unit, tf.mean(tf.mul(weighted, unit), 1, true));
  const centered = tf.sub(weighted, tf.mean(weighted, 1, true));
  return [tf.mul(tf.sub(centered, projection), scale), tf.sum(tf.mul(dy, unit), 0), tf.sum(dy, 0)];
}
