import { tf } from '../../../tf.ts';

/** Numbers in (-1, 1), all different; `place` makes another set of them. */
export function floats(shape: number[], place = 0): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    Math.sin(1 + 1.7 * place + 2.3 * i),
  );
  return tf.tensor(values, shape);
}

/** Numbers in (0, 1). */
export function fractions(shape: number[], place = 0): tf.Tensor {
  return tf.tidy(() => tf.add(tf.mul(floats(shape, place), 0.45), 0.5));
}

/** Numbers in (1, 2). */
export function aboveOne(shape: number[], place = 0): tf.Tensor {
  return tf.tidy(() => tf.add(fractions(shape, place), 1));
}

/** Whole numbers 0 … below - 1. */
export function integers(shape: number[], below: number, place = 0): tf.Tensor {
  const values = Int32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (place + 3 * i) % below);
  return tf.tensor(values, shape, 'int32');
}

/** `true` at every third place or so. */
export function truths(shape: number[], place = 0): tf.Tensor {
  const values = Uint8Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    (place + 5 * i) % 3 === 0 ? 1 : 0,
  );
  return tf.tensor(values, shape, 'bool');
}

/** Complex numbers within the unit square. */
export function complexes(shape: number[]): tf.Tensor {
  return tf.tidy(() => tf.complex(floats(shape, 1), floats(shape, 2)));
}
