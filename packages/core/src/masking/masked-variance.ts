import { tf } from '@rlloom/tensor';
import { checkSameShape } from '../tensors/check-shape.ts';
import { maskedMean } from './masked-mean.ts';

/** Options of `maskedVariance`. */
export interface MaskedVarianceOptions {
  /** 1: sample variance, ÷(n−1); 0: population, ÷n. Default 1. */
  readonly ddof?: 0 | 1;
}

/**
 * Variance over unmasked places: `v = mean((x − mean)²)`, and `v·n/(n − 1)` with `ddof` 1.
 *
 * With `ddof` 1 and fewer than two unmasked places it is NaN. (verl raises there; a tensor program cannot look at a
 * value to raise.)
 *
 * @param values any shape
 * @param mask same shape, 0 or 1
 * @returns a scalar
 * @throws ShapeError when shapes differ
 */
export function maskedVariance(values: tf.Tensor, mask: tf.Tensor, options: MaskedVarianceOptions = {}): tf.Scalar {
  checkSameShape('maskedVariance', { values, mask });
  return tf.tidy(() => {
    const population = maskedMean(tf.square(tf.sub(values, maskedMean(values, mask))), mask) as tf.Scalar;
    if (options.ddof === 0) return population;
    const count = tf.sum(mask);
    return tf.mul(population, tf.div(count, tf.maximum(tf.sub(count, 1), 0)));
  });
}
