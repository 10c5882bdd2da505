import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { checkTemperature, type LogitsOptions, logSumOfExponentials, shiftByMaximum } from './log-probs-from-logits.ts';

/**
 * Entropy of the distributions given by logits, in nats: `H = −Σ_v p_v · log p_v` with `p = softmax(logits / temperature)`.
 *
 * Shifted by the row's maximum, so exact for logits far from 0; a logit of −Infinity counts as probability 0.
 *
 * @param logits `[..., V]`
 * @returns `[...]`
 * @throws ShapeError for a scalar
 * @throws RangeError for a temperature that is not positive
 */
export function entropyFromLogits(logits: tf.Tensor, options: LogitsOptions = {}): tf.Tensor {
  const temperature = checkTemperature('entropyFromLogits', options);
  if (logits.rank < 1) throw new ShapeError('entropyFromLogits', 'logits [...,V]', { logits: logits.shape });
  return tf.tidy(() =>
    tf.customGrad((given, save) => {
      const { probabilities, surprise } = distribution(given as tf.Tensor);
      const entropy = tf.sum(tf.mul(probabilities, surprise), -1);
      (save as tf.GradSaveFunc)([given as tf.Tensor, entropy]);
      return {
        value: entropy,
        // dH/dz_v = p_v · (−log p_v − H)
        gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => {
          const [kept, value] = saved as [tf.Tensor, tf.Tensor];
          const again = distribution(kept);
          const slope = tf.mul(again.probabilities, tf.sub(again.surprise, tf.expandDims(value, -1)));
          return tf.mul(slope, tf.expandDims(upstream, -1));
        },
      };
    })(tf.div(logits, temperature)),
  );
}

// Surprise −log p is infinite where p is 0; 0 stands for it there, since only p · surprise is ever used.
function distribution(logits: tf.Tensor): { readonly probabilities: tf.Tensor; readonly surprise: tf.Tensor } {
  const shifted = shiftByMaximum(logits);
  const surprise = tf.sub(tf.expandDims(logSumOfExponentials(shifted), -1), shifted);
  const probabilities = tf.exp(tf.neg(surprise));
  return { probabilities, surprise: tf.where(tf.greater(probabilities, 0), surprise, tf.zerosLike(surprise)) };
}
