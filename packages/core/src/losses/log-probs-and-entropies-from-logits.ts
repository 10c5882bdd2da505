import { tf } from '@rlloom/tensor';
import { distribution, entropyOf, entropySlope } from './entropy-from-logits.ts';
import { atLabels, checkLabels, scatterToLabels } from './log-probs-from-logits.ts';
import { type LogitsOptions, mapLogitRows } from './map-logit-rows.ts';

/**
 * `logProbsFromLogits` and `entropyFromLogits` in one: for a policy loss with an entropy term. Both gradients go into
 * one array of the logits' size, where two calls would make two and add them into a third.
 *
 * @param logits `[..., V]`
 * @param labels `[...]` int32, ids below V
 * @returns both `[...]`
 * @throws ShapeError when labels and logits do not fit
 * @throws RangeError for a temperature that is not positive, or a `chunkRows` that is no positive whole number
 * @example
 * ```ts
 * const both = logProbsAndEntropiesFromLogits(tf.tensor2d([[0, Math.log(3)]]), tf.tensor1d([1], 'int32'));
 * await both.logProbs.data(); // => Float32Array [-0.2877]
 * await both.entropies.data(); // => Float32Array [0.5623]
 * ```
 */
export function logProbsAndEntropiesFromLogits(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: LogitsOptions = {},
): { readonly logProbs: tf.Tensor; readonly entropies: tf.Tensor } {
  checkLabels('logProbsAndEntropiesFromLogits', logits, labels);
  return tf.tidy(() => {
    const inputs = { caller: 'logProbsAndEntropiesFromLogits', logits, constants: [tf.cast(labels, 'int32')] };
    const both = mapLogitRows(inputs, options, {
      value: (chunk, [ids]) => {
        const given = distribution(chunk);
        return tf.stack([atLabels(given.logProbs, ids as tf.Tensor), entropyOf(given)], 1);
      },
      gradient: (chunk, [ids], upstream) => {
        const [perLogProb, perEntropy] = tf.split(upstream, 2, 1) as [tf.Tensor, tf.Tensor];
        const given = distribution(chunk);
        const spread = tf.sub(tf.mul(entropySlope(given), perEntropy), tf.mul(given.probabilities, perLogProb));
        return tf.add(scatterToLabels(tf.squeeze(perLogProb, [1]), ids as tf.Tensor, chunk), spread);
      },
    });
    const column = (index: number): tf.Tensor => tf.reshape(tf.slice(both, [0, index], [-1, 1]), labels.shape);
    return { logProbs: column(0), entropies: column(1) };
  });
}
