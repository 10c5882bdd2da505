import { tf } from '@rlloom/tensor';

/**
 * What attention scores add so that a token sees those of its own sequence only: 0 there, −1e9 or less at all others.
 *
 * @param segments `[B,T]`
 * @returns `[B,1,T,T]`
 */
export function segmentMask(segments: tf.Tensor2D): tf.Tensor4D {
  const [rows, time] = segments.shape;
  return tf.tidy(() => {
    // By differences: comparing two broadcast tensors takes 20 times as long on the wasm backend.
    const numbers = tf.cast(segments, 'float32');
    const apart = tf.sub<tf.Tensor4D>(tf.reshape(numbers, [rows, 1, time, 1]), tf.reshape(numbers, [rows, 1, 1, time]));
    return tf.mul(tf.abs(apart), -1e9);
  });
}
