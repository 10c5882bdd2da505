import { tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';

// N = rows (sequence × time), D = width of a head.

/** What rotates the queries and keys at given positions; made once per forward pass, used by every layer. */
export interface Rotation {
  /** `[N,1,D]` */
  readonly cosines: tf.Tensor3D;
  /** `[N,1,D]` */
  readonly sines: tf.Tensor3D;
  /** `x · halfTurn` is `(−x₂, x₁)` for `x = (x₁, x₂)`: one product instead of a split, a negation and a join. `[D,D]` */
  readonly halfTurn: tf.Tensor2D;
}

/** Unscaled rotary frequencies (arXiv:2104.09864): `theta^(−2i/D)` for pair `i`, rounded to float32 as the reference does. */
export function rotaryFrequencies(width: number, theta: number): number[] {
  return Array.from({ length: Math.floor(width / 2) }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** ((2 * i) / width))),
  );
}

/**
 * Cosines and sines of rotary positions: the angle of a pair is its frequency times the position. Pairs are
 * `(i, i + D/2)`, as in Hugging Face checkpoints.
 *
 * @param positions `[N]` float32
 */
export function rotationAt(config: ModelConfig, positions: tf.Tensor1D): Rotation {
  const width = config.headDim;
  const half = width / 2;
  const frequencies = config.rotaryFrequencies;
  const halfTurn = new Float32Array(width * width);
  for (let i = 0; i < half; i++) {
    halfTurn[(i + half) * width + i] = -1;
    halfTurn[i * width + i + half] = 1;
  }
  const angles = tf.mul<tf.Tensor3D>(
    tf.reshape(positions, [positions.size, 1, 1]),
    tf.tensor3d([...frequencies, ...frequencies], [1, 1, width]),
  );
  return { cosines: tf.cos(angles), sines: tf.sin(angles), halfTurn: tf.tensor2d(halfTurn, [width, width]) };
}

/** The same rotation with the result scaled by `factor`. */
export function scaleRotation(rotation: Rotation, factor: number): Rotation {
  return { ...rotation, cosines: tf.mul(rotation.cosines, factor), sines: tf.mul(rotation.sines, factor) };
}

/**
 * Rotates every head of every row.
 *
 * @param x `[N,heads·D]`
 * @returns `[N,heads,D]`
 */
export function rotate(x: tf.Tensor2D, rotation: Rotation): tf.Tensor3D {
  const width = rotation.halfTurn.shape[0];
  const heads = tf.reshape<tf.Rank.R3>(x, [x.shape[0], -1, width]);
  const turned = tf.reshape(tf.matMul(tf.reshape(x, [-1, width]), rotation.halfTurn), heads.shape);
  return tf.add(tf.mul(heads, rotation.cosines), tf.mul(turned, rotation.sines));
}
