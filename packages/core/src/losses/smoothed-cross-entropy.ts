import { tf } from '@rlloom/tensor';
import { atLabels, checkLabels, scatterToLabels } from './log-probs-from-logits.ts';
import { logSumOfExponentials, mapLogitRows, shiftByMaximum } from './map-logit-rows.ts';

/**
 * Cross-entropy against labels that keep only `1 − epsilon` of the mass and spread the rest evenly over the vocabulary:
 * `(1 − ε) · (−log p_label) + ε · mean_v(−log p_v)`, per token. Works on a chunk of rows at a time.
 *
 * arXiv:1512.00567, section 7.
 *
 * @param logits `[..., V]`
 * @param labels `[...]` int32, ids below V
 * @param epsilon mass taken from the label, 0 to 1
 * @returns `[...]`
 * @throws ShapeError when labels and logits do not fit
 * @throws RangeError for an epsilon outside 0 to 1
 * @example
 * ```ts
 * const labels = tf.tensor1d([1], 'int32');
 * await smoothedCrossEntropy(tf.tensor2d([[0, Math.log(3)]]), labels, 0.5).data(); // => Float32Array [0.5623]
 * ```
 */
export function smoothedCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, epsilon: number): tf.Tensor {
  checkLabels('smoothedCrossEntropy', logits, labels);
  if (!(epsilon >= 0 && epsilon <= 1)) {
    throw new RangeError(`smoothedCrossEntropy: epsilon must be between 0 and 1, given ${epsilon}`);
  }
  return tf.tidy(() => {
    const inputs = { caller: 'smoothedCrossEntropy', logits, constants: [tf.cast(labels, 'int32')] };
    const losses = mapLogitRows(
      inputs,
      {},
      {
        value: (chunk, [ids]) => {
          const shifted = shiftByMaximum(chunk);
          const total = logSumOfExponentials(shifted);
          const evenly = tf.mul(tf.sub(total, tf.mean(shifted, -1)), epsilon);
          return tf.add(evenly, tf.mul(tf.sub(total, atLabels(shifted, ids as tf.Tensor)), 1 - epsilon));
        },
        // p_v − ε/V, and −(1 − ε) at the label
        gradient: (chunk, [ids], upstream) => {
          const away = tf.sub(tf.softmax(chunk), epsilon / chunk.shape[1]);
          const towards = scatterToLabels(tf.mul(upstream, 1 - epsilon), ids as tf.Tensor, chunk);
          return tf.sub(tf.mul(away, tf.expandDims(upstream, 1)), towards);
        },
      },
    );
    return tf.reshape(losses, labels.shape);
  });
}
