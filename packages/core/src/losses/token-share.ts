import { tf } from '@rlloom/tensor';
import { maskedSum } from '../masking/masked-mean.ts';
import type { AggregationOptions } from './aggregate-loss.ts';

/**
 * Mean over trained tokens: `Σ x·m / tokenCount`, with the count of the whole batch where it is given, so that shares
 * add up over micro-batches; 0 where there is no token.
 */
export function tokenShare(values: tf.Tensor, mask: tf.Tensor2D, { tokenCount }: AggregationOptions): tf.Scalar {
  return tf.div(maskedSum(tf.cast(values, 'float32'), mask), tf.maximum(tokenCount ?? tf.sum(mask), 1e-8));
}
