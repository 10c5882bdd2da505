import type { tf } from '../../tf.ts';

/** Numbers of TensorFlow's `DataType`. */
export const typeNumbers = {
  float32: 1,
  int32: 3,
  string: 7,
  complex64: 8,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

/** The number of a type of tfjs. */
export function typeNumber(dtype: tf.DataType): number {
  return typeNumbers[dtype];
}
