import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';

/**
 * The tokens to train where only uncertain ones shall: 1 where the entropy is at least the `1 − topFraction` quantile
 * (linear interpolation, the level rounded to float32 as in PyTorch) over all unmasked tokens given. Use it as `importanceWeights`, so that the mean still counts
 * every token (TRL), or as the mask.
 *
 * arXiv:2506.01939; TRL's `top_entropy_quantile`.
 *
 * @param entropies `[B,T]`, in nats
 * @param mask `[B,T]`, 1 on trained tokens
 * @param topFraction share of the tokens to keep, above 0 and at most 1; 0.2 in the paper
 * @returns `[B,T]`, 0 or 1, a constant
 * @throws ShapeError when shapes differ
 * @throws RangeError for a fraction out of range
 * @example
 * ```ts
 * highEntropyMask(tf.tensor2d([[0.1, 2, 0.3, 9]]), tf.tensor2d([[1, 1, 1, 0]]), 0.4).arraySync(); // => [[0, 1, 0, 0]]
 * ```
 */
export function highEntropyMask(entropies: tf.Tensor2D, mask: tf.Tensor2D, topFraction: number): tf.Tensor2D {
  checkTokenTensors('highEntropyMask', { entropies, mask });
  if (!(topFraction > 0 && topFraction <= 1)) {
    throw new RangeError(`highEntropyMask: topFraction must be above 0 and at most 1, given ${topFraction}`);
  }
  return tf.tidy(() => {
    const { size } = entropies;
    if (size === 0) return tf.zerosLike(mask);
    const trained = tf.notEqual(mask, 0);
    // Masked places sort last, as -Infinity would: entropies are never negative.
    const descending = tf.topk(
      tf.reshape(tf.where(trained, entropies, tf.fill(entropies.shape, -1)), [size]),
      size,
    ).values;
    const last = tf.maximum(tf.sub(tf.sum(tf.cast(trained, 'float32')), 1), 0);
    // The place in ascending order as a sum of two that float32 holds: where it is all but whole, the remainder
    // decides whether the token there is kept, and would be rounded away.
    const level = Math.fround(1 - topFraction);
    const coarse = Math.floor(level * 4096) / 4096;
    const [high, low] = [tf.mul(last, coarse), tf.mul(last, level - coarse)];
    const below = tf.floor(tf.add(high, low));
    const fraction = tf.add(tf.sub(high, below), low);
    const at = (place: tf.Tensor) => {
      const fromTop = tf.maximum(tf.sub(last, place), 0);
      return tf.gather(descending, tf.cast(tf.reshape(fromTop, [1]), 'int32'));
    };
    const [lower, upper] = [at(below), at(tf.add(below, 1))];
    const threshold = tf.add(lower, tf.mul(tf.sub(upper, lower), fraction));
    return tf.cast<tf.Tensor2D>(tf.logicalAnd(trained, tf.greaterEqual(entropies, threshold)), 'float32');
  });
}
