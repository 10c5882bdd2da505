import { tf } from '@rlloom/tensor';
import { checkSameShape } from '../tensors/check-shape.ts';
import { maskedMean } from './masked-mean.ts';
import { maskedVariance } from './masked-variance.ts';

/** Options of `maskedWhiten`. */
export interface MaskedWhitenOptions {
  /** Subtract the mean; `false` scales about the mean and keeps it. Default `true`. */
  readonly shiftMean?: boolean;
}

/**
 * Scales to unit variance over the unmasked places: `(x − mean) / √(variance + 1e-8)`, sample variance.
 *
 * Masked places are scaled too, not zeroed: multiply by the mask where that matters. With fewer than two unmasked
 * places everything is NaN, as `maskedVariance` is.
 *
 * @param values any shape
 * @param mask same shape, 0 or 1
 * @returns same shape
 * @throws ShapeError when shapes differ
 */
export function maskedWhiten<Given extends tf.Tensor>(
  values: Given,
  mask: tf.Tensor,
  options: MaskedWhitenOptions = {},
): Given {
  checkSameShape('maskedWhiten', { values, mask });
  return tf.tidy(() => {
    const mean = maskedMean(values, mask);
    const scale = tf.rsqrt(tf.add(maskedVariance(values, mask), 1e-8));
    const whitened = tf.mul(tf.sub(values, mean), scale);
    return (options.shiftMean === false ? tf.add(whitened, mean) : whitened) as Given;
  });
}
