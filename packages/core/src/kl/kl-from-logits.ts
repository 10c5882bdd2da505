import { tf } from '@rlloom/tensor';
import { distribution } from '../losses/entropy-from-logits.ts';
import { type LogitsOptions, mapLogitRows } from '../losses/map-logit-rows.ts';
import { ShapeError } from '../shape-error.ts';
import { checkSameShape } from '../tensors/check-shape.ts';

/** Options of `klFromLogits`. */
export interface KlFromLogitsOptions extends LogitsOptions {
  /** `reverse`: KL(π ‖ π_ref), of the RLHF objective. `forward`: KL(π_ref ‖ π), of distillation. Default `reverse`. */
  readonly direction?: 'reverse' | 'forward';
}

/**
 * The KL divergence over the whole vocabulary, per token, in nats:
 *
 * reverse `Σ_v π(v) · (log π(v) − log π_ref(v))`, forward `Σ_v π_ref(v) · (log π_ref(v) − log π(v))`.
 *
 * Exact where `klEstimate` samples; it costs the logits of both models. Works on a
 * chunk of rows at a time; the backward pass keeps nothing but the two logits. Shifted by the row's maximum, so exact for
 * logits far from 0. Where the first distribution has probability 0 (a logit of −Infinity) a token adds 0; where only
 * the second has, the divergence is infinite. ROLL's and EasyR1's `full`; verl names it and raises.
 *
 * @param logits `[..., V]`; carries the gradient
 * @param referenceLogits same shape; a constant
 * @returns `[...]`
 * @throws ShapeError when shapes differ, or for scalars
 * @throws RangeError for an unknown direction or a temperature that is not positive
 * @example
 * ```ts
 * const [logits, reference] = [tf.tensor2d([[1, 0]]), tf.tensor2d([[0, 0]])];
 * await klFromLogits(logits, reference).data(); // => Float32Array [0.1109]
 * await klFromLogits(logits, reference, { direction: 'forward' }).data(); // => Float32Array [0.1201]
 * ```
 */
export function klFromLogits(
  logits: tf.Tensor,
  referenceLogits: tf.Tensor,
  options: KlFromLogitsOptions = {},
): tf.Tensor {
  const { direction = 'reverse', temperature = 1 } = options;
  if (logits.rank < 1) throw new ShapeError('klFromLogits', 'logits [...,V]', { logits: logits.shape });
  checkSameShape('klFromLogits', { logits, referenceLogits });
  if (direction !== 'reverse' && direction !== 'forward') {
    throw new RangeError(`klFromLogits: the direction is reverse or forward, given ${String(direction)}`);
  }
  const logProbsOf = (scaled: tf.Tensor) => distribution(scaled).logProbs;
  const reference = ([chunk]: readonly tf.Tensor[]) =>
    logProbsOf(temperature === 1 ? (chunk as tf.Tensor) : tf.mul(chunk as tf.Tensor, 1 / temperature));
  return tf.tidy(() => {
    const given = { caller: 'klFromLogits', logits, constants: [referenceLogits] };
    const divergences = mapLogitRows(given, options, {
      value: (chunk, constants) => tf.sum(terms(direction, logProbsOf(chunk), reference(constants)), -1),
      gradient: (chunk, constants, upstream) =>
        tf.mul(slope(direction, logProbsOf(chunk), reference(constants)), tf.expandDims(upstream, 1)),
    });
    return tf.reshape(divergences, logits.shape.slice(0, -1));
  });
}

// Of each token of the vocabulary p · (log p − log q), 0 where p is 0.
function terms(direction: 'reverse' | 'forward', policy: tf.Tensor, reference: tf.Tensor): tf.Tensor {
  const [first, second] = direction === 'reverse' ? [policy, reference] : [reference, policy];
  const probabilities = tf.exp(first);
  const all = tf.mul(probabilities, tf.sub(first, second));
  return tf.where(tf.greater(probabilities, 0), all, tf.zerosLike(all));
}

// Reverse: dKL/dz_v = p_v · (log p_v − log q_v − KL). Forward: p_v − q_v.
function slope(direction: 'reverse' | 'forward', policy: tf.Tensor, reference: tf.Tensor): tf.Tensor {
  if (direction === 'forward') return tf.sub(tf.exp(policy), tf.exp(reference));
  const all = terms('reverse', policy, reference);
  return tf.sub(all, tf.mul(tf.exp(policy), tf.sum(all, -1, true)));
}
