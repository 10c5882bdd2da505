import { tf } from '@rlloom/tensor';
import { type LogitsOptions, logSumOfExponentials, mapLogitRows, shiftByMaximum } from './map-logit-rows.ts';

/**
 * Entropy of the distribution given by logits, in nats: `H = −Σ_v p_v · log p_v` with `p = softmax(logits / temperature)`.
 *
 * Shifted by the row's maximum, so exact for logits far from 0; a logit of −Infinity counts as probability 0. Works on
 * a chunk of rows at a time; its backward pass makes one array of the logits' size. Where a loss needs log-probs too,
 * `logProbsAndEntropiesFromLogits` makes that one array for both.
 *
 * @param logits `[..., V]`
 * @returns `[...]`
 * @throws ShapeError for a scalar
 * @throws RangeError for a temperature that is not positive, or a `chunkRows` that is no positive whole number
 * @example
 * ```ts
 * await entropyFromLogits(tf.tensor2d([[0, 0], [0, -Infinity]])).data(); // => Float32Array [0.6931, 0]
 * ```
 */
export function entropyFromLogits(logits: tf.Tensor, options: LogitsOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const entropies = mapLogitRows({ caller: 'entropyFromLogits', logits }, options, {
      value: (chunk) => entropyOf(distribution(chunk)),
      gradient: (chunk, _, upstream) => tf.mul(entropySlope(distribution(chunk)), tf.expandDims(upstream, 1)),
    });
    return tf.reshape(entropies, logits.shape.slice(0, -1));
  });
}

/** Of each row of logits, all `[C,V]`. */
// A type, not an interface, so that `tf.tidy` takes it.
export type Distribution = {
  readonly probabilities: tf.Tensor;
  readonly logProbs: tf.Tensor;
  /** `−log p`, and 0 where p is 0, since only `p · surprise` is ever used. */
  readonly surprise: tf.Tensor;
};

/** The distribution of each row of logits. */
export function distribution(logits: tf.Tensor): Distribution {
  return tf.tidy(() => {
    const shifted = shiftByMaximum(logits);
    const logProbs = tf.sub(shifted, tf.expandDims(logSumOfExponentials(shifted), -1));
    const probabilities = tf.exp(logProbs);
    const surprise = tf.where(tf.greater(probabilities, 0), tf.neg(logProbs), tf.zerosLike(logProbs));
    return { probabilities, logProbs, surprise };
  });
}

/** `[C]` */
export function entropyOf({ probabilities, surprise }: Distribution): tf.Tensor {
  return tf.tidy(() => tf.sum(tf.mul(probabilities, surprise), -1));
}

/** `dH/dz_v = p_v · (−log p_v − H)`, `[C,V]` */
export function entropySlope(given: Distribution): tf.Tensor {
  return tf.tidy(() => tf.mul(given.probabilities, tf.sub(given.surprise, tf.expandDims(entropyOf(given), -1))));
}
