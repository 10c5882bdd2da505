import { tf } from '@rlloom/tensor';

/**
 * What attention scores add so that a token sees those of its own sequence only: 0 there, −1e9 at all others.
 *
 * @param segments `[B,T]`
 * @returns `[B,1,T,T]`
 */
export function segmentMask(segments: tf.Tensor2D): tf.Tensor4D {
  const [rows, time] = segments.shape;
  return tf.tidy(() => {
    const looking = tf.reshape(segments, [rows, 1, time, 1]);
    const seen = tf.reshape(segments, [rows, 1, 1, time]);
    return tf.mul(tf.cast(tf.notEqual(looking, seen), 'float32'), -1e9);
  });
}
