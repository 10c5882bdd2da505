import { expect } from 'vitest';
import type { tf } from '../tf.ts';

/**
 * Fails unless every element is within `tolerance · max(1, |expected|)` of its value; NaN meets only NaN, an infinity
 * only itself. The tensor stays.
 *
 * @param expected the values, nested as the tensor's shape
 * @param tolerance default 1e-5
 */
export async function expectTensorClose(actual: tf.Tensor, expected: tf.TensorLike, tolerance = 1e-5): Promise<void> {
  expect(actual.shape, 'shape').toEqual(shapeOf(expected));
  const values = await actual.data();
  const wanted = ArrayBuffer.isView(expected) ? [...(expected as Float32Array)] : [expected].flat(Infinity).map(Number);
  const misses = wanted.flatMap((want, i) => {
    const got = values[i] as number;
    const close =
      Object.is(got, want) || got === want || Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
    return close ? [] : [`[${i}] ${got}, expected ${want}`];
  });
  expect(misses, `beyond tolerance ${tolerance}`).toEqual([]);
}

function shapeOf(values: tf.TensorLike): number[] {
  if (ArrayBuffer.isView(values)) return [(values as Float32Array).length];
  if (!Array.isArray(values)) return [];
  return [values.length, ...(values.length === 0 ? [] : shapeOf(values[0] as tf.TensorLike))];
}
