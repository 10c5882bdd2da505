import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { checkTemperature, type LogitsOptions, logSumOfExponentials, shiftByMaximum } from './log-probs-from-logits.ts';

/**
 * `Σ_v p_v²` of the distributions given by logits: the chance that two samples are the same token, 1/V to 1.
 * Optimal token baselines weigh tokens by `1 − 2·p_label + Σ_v p_v²`.
 *
 * @param logits `[..., V]`
 * @returns `[...]`
 * @throws ShapeError for a scalar
 * @throws RangeError for a temperature that is not positive
 */
export function squaredProbabilitySum(logits: tf.Tensor, options: LogitsOptions = {}): tf.Tensor {
  const temperature = checkTemperature('squaredProbabilitySum', options);
  if (logits.rank < 1) throw new ShapeError('squaredProbabilitySum', 'logits [...,V]', { logits: logits.shape });
  return tf.tidy(() => {
    const shifted = shiftByMaximum(tf.div(logits, temperature));
    return tf.exp(tf.sub(logSumOfExponentials(tf.mul(shifted, 2)), tf.mul(logSumOfExponentials(shifted), 2)));
  });
}
