import { tf } from '@rlloom/tensor';
import { type LogitsOptions, logSumOfExponentials, mapLogitRows, shiftByMaximum } from './map-logit-rows.ts';

/**
 * `Σ_v p_v²` of the distributions given by logits: the chance that two samples are the same token, 1/V to 1.
 * Optimal token baselines weigh tokens by `1 − 2·p_label + Σ_v p_v²`. Works on a chunk of rows at a time.
 *
 * @param logits `[..., V]`
 * @returns `[...]`
 * @throws ShapeError for a scalar
 * @throws RangeError for a temperature that is not positive, or a `chunkRows` that is no positive whole number
 * @example
 * ```ts
 * await squaredProbabilitySum(tf.tensor1d([0, 0, 0, 0])).data(); // => Float32Array [0.25]
 * ```
 */
export function squaredProbabilitySum(logits: tf.Tensor, options: LogitsOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const sums = mapLogitRows({ caller: 'squaredProbabilitySum', logits }, options, {
      value: (chunk) => {
        const shifted = shiftByMaximum(chunk);
        return tf.exp(tf.sub(logSumOfExponentials(tf.mul(shifted, 2)), tf.mul(logSumOfExponentials(shifted), 2)));
      },
      // d/dz_v Σ p² = 2 · p_v · (p_v − Σ p²)
      gradient: (chunk, _, upstream) => {
        const probabilities = tf.softmax(chunk);
        const slope = tf.sub(probabilities, tf.sum(tf.square(probabilities), -1, true));
        return tf.mul(tf.mul(probabilities, slope), tf.mul(tf.expandDims(upstream, 1), 2));
      },
    });
    return tf.reshape(sums, logits.shape.slice(0, -1));
  });
}
