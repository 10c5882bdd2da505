import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';

/** Options of `logProbsFromLogits` and `entropyFromLogits`. */
export interface LogitsOptions {
  /** Divides the logits, as in sampling. Default 1. */
  readonly temperature?: number;
}

/**
 * Log-probs of given tokens: `z_label − logsumexp(z)` with `z = logits / temperature`.
 *
 * Shifted by the row's maximum, so exact for logits far from 0. Neither direction makes a one-hot of the vocabulary;
 * the backward pass needs the logits and one softmax of them.
 *
 * @param logits `[..., V]`
 * @param labels `[...]` int32, ids below V
 * @returns `[...]`
 * @throws ShapeError when labels and logits do not fit
 * @throws RangeError for a temperature that is not positive
 */
export function logProbsFromLogits(logits: tf.Tensor, labels: tf.Tensor, options: LogitsOptions = {}): tf.Tensor {
  const temperature = checkTemperature('logProbsFromLogits', options);
  checkLabels('logProbsFromLogits', logits, labels);
  const vocabulary = logits.shape.at(-1) as number;
  return tf.tidy(() => {
    const rows = labels.size;
    const places = tf.stack([tf.range(0, rows, 1, 'int32'), tf.reshape(tf.cast(labels, 'int32'), [rows])], 1);
    const scaled = tf.div(tf.reshape(logits, [rows, vocabulary]), temperature);
    const logProbs = tf.customGrad((given, save) => {
      const shifted = shiftByMaximum(given as tf.Tensor);
      (save as tf.GradSaveFunc)([shifted, places]);
      return {
        value: tf.sub(tf.gatherND(shifted, places as tf.Tensor2D), logSumOfExponentials(shifted)),
        gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) => {
          const [kept, at] = saved as [tf.Tensor, tf.Tensor2D];
          const chosen = tf.scatterND(at, upstream, [rows, vocabulary]);
          return tf.sub(chosen, tf.mul(tf.softmax(kept), tf.expandDims(upstream, 1)));
        },
      };
    })(scaled);
    return tf.reshape(logProbs, labels.shape);
  });
}

/** `x − max(x)` along the last axis; the maximum counts as a constant, which changes no gradient of a softmax. */
export function shiftByMaximum(logits: tf.Tensor): tf.Tensor {
  return tf.sub(logits, tf.max(logits, -1, true));
}

/** `log Σ exp(x)` along the last axis, of logits already shifted. */
export function logSumOfExponentials(shifted: tf.Tensor): tf.Tensor {
  return tf.log(tf.sum(tf.exp(shifted), -1));
}

/** The temperature, 1 by default. */
export function checkTemperature(caller: string, { temperature = 1 }: LogitsOptions): number {
  if (temperature > 0) return temperature;
  throw new RangeError(`${caller}: temperature must be above 0, given ${temperature}`);
}

/** Checks that there is one label per row of logits. */
export function checkLabels(caller: string, logits: tf.Tensor, labels: tf.Tensor): void {
  const fits = logits.rank === labels.rank + 1 && labels.shape.every((size, axis) => size === logits.shape[axis]);
  if (!fits)
    throw new ShapeError(caller, 'logits [...,V] and labels [...]', { logits: logits.shape, labels: labels.shape });
}
