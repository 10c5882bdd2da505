import { tf } from '@rlloom/tensor';

/** The Euclidean length of each row of a matrix `[out,in]`, or of each column of one that is stored `[in,out]`: `[out]`. */
export function rowNorms(matrix: tf.Tensor2D, storesInputFirst = false): tf.Tensor1D {
  return tf.tidy(() => tf.sqrt(tf.sum(tf.square(matrix), storesInputFirst ? 0 : 1)));
}
