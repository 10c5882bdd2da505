import { tf } from '@rlloom/tensor';

/** The Euclidean length of each row: `[out,in] → [out]`. */
export function rowNorms(matrix: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.sqrt(tf.sum(tf.square(matrix), 1)));
}
