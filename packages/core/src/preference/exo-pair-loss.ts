import { tf } from '@rlloom/tensor';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { scaledMargin } from './dpo-sigmoid-losses.ts';
import type { DivergenceOptions } from './f-divergence.ts';
import { logSigmoid } from './log-sigmoid.ts';
import type { PairLoss } from './pair-loss.ts';

/** Options of `exoPairLoss`. */
export interface ExoPairOptions extends BetaOptions, DivergenceOptions {
  /** ε, what the target leaves to the rejected completion. Above 0, below 1. Default 1e-3. */
  readonly labelSmoothing?: number;
}

/**
 * EXO of a pair, the reverse KL from the policy's preference to the label's `[1−ε, ε]`:
 * `L = σ(h)·(log σ(h) − log(1−ε)) + σ(−h)·(log σ(−h) − log ε)`.
 *
 * Who differs: TRL requires the label smoothing to be set.
 *
 * EXO, arXiv:2402.00856.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a label smoothing outside (0, 1)
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([Math.log(3)]),
 *   rejectedLogProbs: tf.tensor1d([0]),
 *   referenceChosenLogProbs: tf.tensor1d([0]),
 *   referenceRejectedLogProbs: tf.tensor1d([0]),
 * };
 * exoPairLoss(inputs, { beta: 1, labelSmoothing: 0.5 }).loss.arraySync().toFixed(4); // => '0.1308'
 * ```
 */
export const exoPairLoss: PairLoss<ExoPairOptions> = dpoPairLoss('exoPairLoss', (ratios, options) => {
  const { labelSmoothing = 1e-3 } = options;
  if (!(labelSmoothing > 0 && labelSmoothing < 1)) {
    throw new RangeError(`exoPairLoss: labelSmoothing must be above 0 and below 1, given ${labelSmoothing}`);
  }
  const logits = scaledMargin(ratios, options);
  const opposite = tf.neg(logits);
  const chosen = tf.mul(tf.sigmoid(logits), tf.sub(logSigmoid(logits), Math.log1p(-labelSmoothing)));
  const rejected = tf.mul(tf.sigmoid(opposite), tf.sub(logSigmoid(opposite), Math.log(labelSmoothing)));
  return tf.add(chosen, rejected);
});
