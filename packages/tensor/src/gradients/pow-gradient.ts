import { tf } from '../tf.ts';
import { sumTo } from './sum-to.ts';

/** The gradient of `Pow`: 0 for a base whose exponent is 0, also at 0, where that of tfjs is 0 · ∞. */
export function powGradient(stock: tf.GradConfig): tf.GradConfig {
  return {
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const [base, exponent] = saved as [tf.Tensor, tf.Tensor];
      const ofBase = (): tf.Tensor => {
        const lower = tf.where(tf.equal(exponent, 0), tf.onesLike(exponent), tf.sub(exponent, 1));
        return sumTo(tf.mul(dy as tf.Tensor, tf.mul(exponent, tf.pow(base, lower))), base.shape);
      };
      return { ...stock.gradFunc(dy, saved, attrs), a: ofBase };
    },
  };
}
