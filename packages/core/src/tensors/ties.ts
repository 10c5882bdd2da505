import { tf } from '@rlloom/tensor';
import { offTape } from './off-tape.ts';

// Values at multiples of a step meet a bound exactly more often than one thinks, and gradients there are a convention.

/**
 * The larger of two, whose gradient is shared in halves where they are equal (PyTorch's convention; that of
 * `tf.maximum` sends all of it to the first). An infinite gradient of the side that lost stays out of the other.
 */
export function evenMaximum(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return evenly(a, b, tf.maximum);
}

/** The smaller of two, whose gradient is shared in halves where they are equal, as in `evenMaximum`. */
export function evenMinimum(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return evenly(a, b, tf.minimum);
}

/** `values` within `[low, high]`, with a gradient inside the bounds only: `tf.clipByValue` has one on them as well. */
export function clipInside(values: tf.Tensor, low: number, high: number): tf.Tensor {
  return tf.tidy(() => {
    const inside = tf.logicalAnd(tf.greater(values, low), tf.less(values, high));
    return tf.customGrad((given, save) => {
      (save as tf.GradSaveFunc)([inside]);
      return {
        value: tf.clipByValue(given as tf.Tensor, low, high),
        gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => shareOf(upstream, saved[0] as tf.Tensor),
      };
    })(values);
  });
}

function evenly(a: tf.Tensor, b: tf.Tensor, choose: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const chosen = offTape(() => choose(a, b));
    // 1 where this side alone is chosen, ½ where both are.
    const [isA, isB] = [a, b].map((side) => tf.cast(tf.equal(side, chosen), 'float32')) as [tf.Tensor, tf.Tensor];
    const both = tf.mul(tf.mul(isA, isB), 0.5);
    return tf.customGrad((...given) => {
      const save = given[2] as tf.GradSaveFunc;
      save([tf.sub(isA, both), tf.sub(isB, both)]);
      return {
        value: chosen.clone(),
        gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => saved.map((share) => shareOf(upstream, share)),
      };
    })(a, b);
  });
}

// Not a product: 0 · Infinity.
function shareOf(upstream: tf.Tensor, share: tf.Tensor): tf.Tensor {
  const none = tf.zerosLike(upstream);
  const weighted = share.dtype === 'bool' ? upstream : tf.mul(upstream, share);
  return tf.where(tf.greater(tf.cast(share, 'float32'), 0), weighted, none);
}
