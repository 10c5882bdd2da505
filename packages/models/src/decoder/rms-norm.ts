import { tf } from '@rlloom/tensor';

/**
 * Root-mean-square normalisation over the last axis, `weight · x / √(mean(x²) + ε)` (arXiv:1910.07467). Its gradient
 * is written out: half the operations of the chain rule over the same formula.
 *
 * @param x `[N,H]`
 * @param weight `[H]`
 */
export function rmsNorm(x: tf.Tensor2D, weight: tf.Tensor, epsilon: number): tf.Tensor2D {
  return normalize(epsilon)(x, weight) as tf.Tensor2D;
}

const normalize = (epsilon: number) =>
  tf.customGrad((...given) => {
    const [x, weight, save] = given as unknown as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), epsilon));
    const unit = tf.mul(x, scale);
    save([unit, scale, weight]);
    return {
      value: tf.mul(unit, weight),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        gradient(dy as tf.Tensor2D, saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]),
    };
  });

// With u = x·s and g = dy·w:  dx = s·(g − u·mean(g·u)),  dw = Σ dy·u.
function gradient(dy: tf.Tensor2D, [unit, scale, weight]: [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]): tf.Tensor[] {
  const weighted = tf.mul(dy, weight);
  const projection = tf.mul(unit, tf.mean(tf.mul(weighted, unit), 1, true));
  return [tf.mul(tf.sub(weighted, projection), scale), tf.sum(tf.mul(dy, unit), 0)];
}
