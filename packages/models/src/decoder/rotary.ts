import { tf } from '@rlloom/tensor';
import type { LongContext, RotaryConfig } from '../config/model-config.ts';

// B = sequences, T = tokens, N = B·T, D = width of a head, R = rotated numbers of a head.

/** What rotates the queries and keys at given positions; made once per forward pass, used by every layer. */
export interface Rotation {
  /** `[N,1,D]` */
  readonly cosines: tf.Tensor3D;
  /** `[N,1,D]` */
  readonly sines: tf.Tensor3D;
  /** `x · halfTurn` is `(−x₂, x₁)` for `x = (x₁, x₂)`: one product instead of a split, a negation and a join. `[D,D]` */
  readonly halfTurn: tf.Tensor2D;
}

/**
 * Cosines and sines of rotary positions: the angle of a pair is its frequency times the position. Pairs are
 * `(i, i + R/2)`, as in Hugging Face checkpoints; what stands behind them is turned by 0.
 *
 * @param rotary frequencies, and how many numbers of a head they rotate
 * @param shape `width`: `D`; `batch`: `B`
 * @param positions `[N]` float32
 */
export function rotationAt(
  rotary: RotaryConfig,
  { width, batch }: { readonly width: number; readonly batch: number },
  positions: tf.Tensor1D,
): Rotation {
  const times = tf.reshape<tf.Rank.R3>(positions, [batch, -1, 1]);
  const angles: tf.Tensor3D = tf.reshape(tf.mul(times, frequenciesAt(rotary, width, times)), [-1, 1, width]);
  const turned = {
    cosines: tf.cos(angles),
    sines: tf.sin(angles),
    halfTurn: halfTurnOf(rotary.width / 2, width),
  };
  if (rotary.factor === 1) return turned;
  return scaleRotation(turned, tf.tensor1d(eachNumber(rotary, width, { rotated: () => rotary.factor, rest: 1 })));
}

/** The same rotation with the result scaled by `factor`, a number or one per number of a head. */
export function scaleRotation(rotation: Rotation, factor: number | tf.Tensor1D): Rotation {
  return { ...rotation, cosines: tf.mul(rotation.cosines, factor), sines: tf.mul(rotation.sines, factor) };
}

/**
 * Rotates every head of every row.
 *
 * @param x `[N,heads·D]`
 * @param pairs `R/2`: halves are turned by parts, with the same numbers and without the product, which is faster where a
 * compiler joins the steps
 * @returns `[N,heads,D]`
 */
export function rotate(x: tf.Tensor2D, rotation: Rotation, pairs?: number): tf.Tensor3D {
  const { halfTurn } = rotation;
  const width = halfTurn.shape[0];
  const heads = tf.reshape<tf.Rank.R3>(x, [x.shape[0], -1, width]);
  const turned =
    pairs === undefined
      ? tf.reshape(tf.matMul(tf.reshape(x, [-1, width]), halfTurn), heads.shape)
      : turnParts(heads, pairs);
  return tf.add(tf.mul(heads, rotation.cosines), tf.mul(turned, rotation.sines));
}

function halfTurnOf(half: number, width: number): tf.Tensor2D {
  const values = new Float32Array(width * width);
  for (let i = 0; i < half; i++) {
    values[(i + half) * width + i] = -1;
    values[i * width + i + half] = 1;
  }
  return tf.tensor2d(values, [width, width]);
}

// What is not rotated has sine 0, so that it does not matter what stands there.
function turnParts(heads: tf.Tensor3D, half: number): tf.Tensor3D {
  const rest = heads.shape[2] - 2 * half;
  const [first, second, ...others] = tf.split(heads, rest === 0 ? 2 : [half, half, rest], 2) as [
    ...[tf.Tensor3D, tf.Tensor3D],
    ...tf.Tensor3D[],
  ];
  return tf.concat([tf.neg(second), first, ...others], 2);
}

// [1,1,D], or [B,1,D] where they follow from the length of a sequence: decided within the computation, no read-back.
function frequenciesAt(rotary: RotaryConfig, width: number, times: tf.Tensor3D): tf.Tensor3D {
  const { frequencies, beyond } = rotary;
  const ofHead = (values: (pair: number) => number): tf.Tensor3D =>
    tf.tensor3d(eachNumber(rotary, width, { rotated: values, rest: 0 }), [1, 1, width]);
  const usual = ofHead((pair) => frequencies[pair] as number);
  if (beyond === null) return usual;
  const lengths = tf.add(tf.max(times, 1, true), 1);
  if ('growth' in beyond) return tf.mul(usual, tf.exp(tf.mul(logGrowth(beyond, lengths), ofHead(exponentOf(rotary)))));
  const long = ofHead((pair) => beyond.frequencies[pair] as number);
  return tf.where(tf.greater(lengths, beyond.length), long, usual);
}

// θ' = θ·g^(R/(R−2)) makes the frequency θ'^(−2i/R) of pair i that of θ times g^(−2i/(R−2)).
function exponentOf({ width }: RotaryConfig): (pair: number) => number {
  return (pair) => (-2 * pair) / (width - 2);
}

function logGrowth(beyond: Extract<LongContext, { readonly growth: number }>, lengths: tf.Tensor): tf.Tensor {
  const { growth } = beyond;
  const share = tf.div(tf.maximum(lengths, beyond.length), beyond.length);
  return tf.log(tf.sub(tf.mul(share, growth), growth - 1));
}

function eachNumber(
  rotary: RotaryConfig,
  width: number,
  { rotated, rest }: { readonly rotated: (pair: number) => number; readonly rest: number },
): number[] {
  const half = rotary.width / 2;
  return Array.from({ length: width }, (_, i) => (i < rotary.width ? rotated(i % half) : rest));
}
