import { tf } from '@rlloom/tensor';
import type { Rotation } from '../decoder/rotary.ts';

/**
 * The rotation that turns pair `i` of row `n`, the elements `(i, i + D/2)` of a head, by an angle of its own.
 *
 * @param angles radians, `[N,D/2]`
 */
export function rotationOfAngles(angles: tf.Tensor2D): Rotation {
  const [rows, half] = angles.shape;
  const halfTurn = new Float32Array(4 * half * half);
  for (let i = 0; i < half; i++) {
    halfTurn[(i + half) * 2 * half + i] = -1;
    halfTurn[i * 2 * half + i + half] = 1;
  }
  const both = (turned: tf.Tensor2D): tf.Tensor3D => tf.reshape(tf.concat([turned, turned], 1), [rows, 1, 2 * half]);
  return {
    cosines: tf.tidy(() => both(tf.cos(angles))),
    sines: tf.tidy(() => both(tf.sin(angles))),
    halfTurn: tf.tensor2d(halfTurn, [2 * half, 2 * half]),
  };
}
