import { tf } from '@rlloom/tensor';
import type { Activation } from '../config/model-config.ts';

/** The activation of a feed-forward layer, number by number. */
export function activate(activation: Activation, x: tf.Tensor2D): tf.Tensor2D {
  switch (activation) {
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'gelu-tanh': {
      // (1 + tanh(u)) / 2 = σ(2u), with u = √(2/π)·(x + 0.044715·x³).
      const twice = tf.mul(x, tf.add(tf.mul(tf.square(x), slope * 0.044715), slope));
      return tf.mul(x, tf.sigmoid(twice));
    }
  }
}

const slope = 2 * Math.sqrt(2 / Math.PI);
