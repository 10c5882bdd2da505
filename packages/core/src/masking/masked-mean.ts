import { tf } from '@rlloom/tensor';
import { checkSameShape } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';

/**
 * Sum over unmasked places: `Σ x·m`. What stands at masked places, NaN included, has no effect.
 *
 * @param values any shape
 * @param mask same shape, 0 or 1
 * @param axis sum over this axis only. Default: over all
 * @returns a scalar, or `values` without `axis`
 * @throws ShapeError when shapes differ
 */
export function maskedSum(values: tf.Tensor, mask: tf.Tensor, axis?: number): tf.Tensor {
  checkSameShape('maskedSum', { values, mask });
  return tf.tidy(() => tf.sum(selectUnmasked(values, mask), axis));
}

/**
 * Mean over unmasked places: `Σ x·m / (Σ m + 1e-8)`, so 0 where everything is masked.
 *
 * @param values any shape
 * @param mask same shape, 0 or 1
 * @param axis mean over this axis only. Default: over all
 * @returns a scalar, or `values` without `axis`
 * @throws ShapeError when shapes differ
 */
export function maskedMean(values: tf.Tensor, mask: tf.Tensor, axis?: number): tf.Tensor {
  checkSameShape('maskedMean', { values, mask });
  return tf.tidy(() => tf.div(maskedSum(values, mask, axis), tf.add(tf.sum(mask, axis), 1e-8)));
}
