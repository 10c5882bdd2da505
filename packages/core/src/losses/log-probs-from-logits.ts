import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { type LogitsOptions, logSumOfExponentials, mapLogitRows, shiftByMaximum } from './map-logit-rows.ts';

/**
 * Log-probs of given tokens: `z_label − logsumexp(z)` with `z = logits / temperature`.
 *
 * Shifted by the row's maximum, so exact for logits far from 0. Works on a chunk of rows at a time: the backward pass
 * needs the logits and makes one array of their size, the gradient, whatever the vocabulary and the temperature. (The
 * usual softmax and its gradient hold three to four such arrays at one time.)
 *
 * @param logits `[..., V]`
 * @param labels `[...]` int32, ids below V
 * @returns `[...]`
 * @throws ShapeError when labels and logits do not fit
 * @throws RangeError for a temperature that is not positive, or a `chunkRows` that is no positive whole number
 * @example
 * ```ts
 * const logProbs = logProbsFromLogits(tf.tensor2d([[0, 0], [0, Math.log(3)]]), tf.tensor1d([0, 1], 'int32'));
 * await logProbs.data(); // => Float32Array [-0.6931, -0.2877]
 * ```
 */
export function logProbsFromLogits(logits: tf.Tensor, labels: tf.Tensor, options: LogitsOptions = {}): tf.Tensor {
  checkLabels('logProbsFromLogits', logits, labels);
  return tf.tidy(() => {
    const inputs = { caller: 'logProbsFromLogits', logits, constants: [tf.cast(labels, 'int32')] };
    const logProbs = mapLogitRows(inputs, options, {
      value: (chunk, [ids]) => {
        const shifted = shiftByMaximum(chunk);
        return tf.sub(atLabels(shifted, ids as tf.Tensor), logSumOfExponentials(shifted));
      },
      gradient: (chunk, [ids], upstream) =>
        tf.sub(
          scatterToLabels(upstream, ids as tf.Tensor, chunk),
          tf.mul(tf.softmax(chunk), tf.expandDims(upstream, 1)),
        ),
    });
    return tf.reshape(logProbs, labels.shape);
  });
}

/** The entry of each row at its label: `[C,V], [C] → [C]`. */
export function atLabels(values: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  // tfjs refuses to look nothing up.
  return labels.size === 0 ? tf.zeros([0]) : tf.gatherND(values, placesOf(labels));
}

/** Zeros like `[C,V]` but for one entry per row, at its label. */
export function scatterToLabels(entries: tf.Tensor, labels: tf.Tensor, like: tf.Tensor): tf.Tensor {
  return labels.size === 0 ? tf.zeros(like.shape) : tf.scatterND(placesOf(labels), entries, like.shape);
}

/** Checks that there is one label per row of logits. */
export function checkLabels(caller: string, logits: tf.Tensor, labels: tf.Tensor): void {
  const fits = logits.rank === labels.rank + 1 && labels.shape.every((size, axis) => size === logits.shape[axis]);
  if (!fits)
    throw new ShapeError(caller, 'logits [...,V] and labels [...]', { logits: logits.shape, labels: labels.shape });
}

function placesOf(labels: tf.Tensor): tf.Tensor2D {
  return tf.stack([tf.range(0, labels.size, 1, 'int32'), labels], 1) as tf.Tensor2D;
}
