import { tf } from '@rlloom/tensor';
import { offTape } from '../tensors/off-tape.ts';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { checkLabelSmoothing, type LabelSmoothingOptions, smoothedLogistic } from './label-smoothing.ts';
import type { PairLoss } from './pair-loss.ts';

/** Options of `aotLoss` and `aotUnpairedLoss`. */
export interface AotOptions extends BetaOptions, LabelSmoothingOptions {}

/**
 * AOT of pairs: the margins `log π_c − log π_r` of the policy are compared with those of the reference quantile by
 * quantile over the batch: `L = −log σ(β·δ)`, δ the i-th smallest of the policy less the i-th smallest of the reference.
 *
 * Quantiles are those of the rows given: micro-batches do not add up to the batch, another split is another loss. Ties
 * keep the order of rows. Loss and weight of a pair stand at the row of its policy margin (TRL's at its rank).
 *
 * arXiv:2406.05882.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a label smoothing outside [0, 1)
 * @example
 * ```ts
 * const zero = tf.tensor1d([0, 0]);
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([5, 1]),
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: tf.tensor1d([1, 5]),
 *   referenceRejectedLogProbs: zero,
 * };
 * aotLoss(inputs).loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const aotLoss: PairLoss<AotOptions> = dpoPairLoss('aotLoss', ({ beta }, options, given) => {
  const margins = tf.sub<tf.Tensor1D>(given.chosenLogProbs, given.rejectedLogProbs);
  const referenceMargins = tf.sub<tf.Tensor1D>(given.referenceChosenLogProbs, given.referenceRejectedLogProbs);
  const delta = tf.sub(margins, atSameRank(referenceMargins, margins, given.pairMask));
  return smoothedLogistic(tf.mul(delta, beta), checkLabelSmoothing('aotLoss', options));
});

/**
 * AOT of completions that are no pairs: as `aotLoss`, with δ the i-th smallest log ratio of the chosen less the i-th
 * smallest of the rejected.
 *
 * arXiv:2406.05882.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a label smoothing outside [0, 1)
 * @example
 * ```ts
 * const zero = tf.tensor1d([0, 0]);
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([3, 1]),
 *   rejectedLogProbs: tf.tensor1d([1, 3]),
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * aotUnpairedLoss(inputs).loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const aotUnpairedLoss: PairLoss<AotOptions> = dpoPairLoss(
  'aotUnpairedLoss',
  ({ chosen, rejected, beta }, options, given) => {
    const delta = tf.sub(chosen, atSameRank(rejected, chosen, given.pairMask));
    return smoothedLogistic(tf.mul(delta, beta), checkLabelSmoothing('aotUnpairedLoss', options));
  },
);

/** For each row, the one of `values` that has the rank which `keys` has in this row. Masked rows rank last. */
function atSameRank(values: tf.Tensor1D, keys: tf.Tensor1D, pairMask: tf.Tensor1D | undefined): tf.Tensor1D {
  if (keys.size === 0) return values;
  const places = offTape(() => {
    const ranks = ascendingOrder(ascendingOrder(keys, pairMask));
    return tf.gather(ascendingOrder(values, pairMask), tf.cast(ranks, 'int32'));
  });
  return tf.gather(values, tf.cast(places, 'int32'));
}

/** Rows from the smallest to the largest, the first of equal ones first; as floats. */
function ascendingOrder(values: tf.Tensor1D, pairMask?: tf.Tensor1D): tf.Tensor1D {
  const keys =
    pairMask === undefined
      ? values
      : tf.where(tf.notEqual(pairMask, 0), values, tf.fill(values.shape, Number.POSITIVE_INFINITY));
  return tf.cast(tf.topk(tf.neg(keys), values.size).indices, 'float32');
}
