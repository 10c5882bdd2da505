import { tf } from '@rlloom/tensor';
import { checkLabels, logProbsFromLogits, logSumOfExponentials, shiftByMaximum } from './log-probs-from-logits.ts';

/**
 * Cross-entropy against labels that keep only `1 − epsilon` of the mass and spread the rest evenly over the vocabulary:
 * `(1 − ε) · (−log p_label) + ε · mean_v(−log p_v)`, per token.
 *
 * arXiv:1512.00567, section 7.
 *
 * @param logits `[..., V]`
 * @param labels `[...]` int32, ids below V
 * @param epsilon mass taken from the label, 0 to 1
 * @returns `[...]`
 * @throws ShapeError when labels and logits do not fit
 * @throws RangeError for an epsilon outside 0 to 1
 */
export function smoothedCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, epsilon: number): tf.Tensor {
  checkLabels('smoothedCrossEntropy', logits, labels);
  if (!(epsilon >= 0 && epsilon <= 1)) {
    throw new RangeError(`smoothedCrossEntropy: epsilon must be between 0 and 1, given ${epsilon}`);
  }
  return tf.tidy(() => {
    const shifted = shiftByMaximum(logits);
    const evenly = tf.sub(logSumOfExponentials(shifted), tf.mean(shifted, -1));
    return tf.sub(tf.mul(evenly, epsilon), tf.mul(logProbsFromLogits(logits, labels), 1 - epsilon));
  });
}
