import { tf } from '@rlloom/tensor';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { scaledMargin } from './dpo-sigmoid-losses.ts';
import type { DivergenceOptions } from './f-divergence.ts';
import { logSigmoid } from './log-sigmoid.ts';
import type { PairLoss } from './pair-loss.ts';

/** Options of `discopopLoss`. */
export interface DiscopopOptions extends BetaOptions, DivergenceOptions {
  /**
   * τ, how sharply the logistic part gives way to the exponential one. Above 0, at most 1: beyond, the loss grows
   * exponentially with a margin of the wrong sign. Default 0.05.
   */
  readonly temperature?: number;
}

/**
 * DiscoPOP, a loss found by search: with `g = σ(h/τ)`, `L = −(1−g)·log σ(h) + g·e^{−h}`.
 *
 * The second term is computed as `e^{log σ(h/τ) − h}`, which is finite; TRL's product of both factors is not for
 * `h < −88`.
 *
 * arXiv:2406.08414, equation 5.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a temperature outside (0, 1]
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: zero,
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * discopopLoss(inputs).loss.arraySync().toFixed(4); // => '0.8466'
 * ```
 */
export const discopopLoss: PairLoss<DiscopopOptions> = dpoPairLoss('discopopLoss', (ratios, options) => {
  const { temperature = 0.05 } = options;
  if (!(temperature > 0 && temperature <= 1)) {
    throw new RangeError(`discopopLoss: temperature must be above 0 and at most 1, given ${temperature}`);
  }
  const logits = scaledMargin(ratios, options);
  const sharp = tf.div(logits, temperature);
  const logistic = tf.mul(tf.sigmoid(tf.neg(sharp)), tf.neg(logSigmoid(logits)));
  return tf.add(logistic, tf.exp(tf.sub(logSigmoid(sharp), logits)));
});
