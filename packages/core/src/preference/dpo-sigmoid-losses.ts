import { tf } from '@rlloom/tensor';
import { averagedScores } from './averaged-scores.ts';
import { type BetaOptions, dpoPairLoss, type LogRatios } from './dpo-pair-loss.ts';
import { type DivergenceOptions, divergenceScores } from './f-divergence.ts';
import { checkLabelSmoothing, type LabelSmoothingOptions, smoothedLogistic } from './label-smoothing.ts';
import { logSigmoid } from './log-sigmoid.ts';
import type { PairLoss } from './pair-loss.ts';

/** Options of `sigmoidPairLoss`. */
export interface SigmoidPairOptions extends BetaOptions, DivergenceOptions {}

/**
 * DPO: `L = −log σ(h)`, `h = β·(score_c − score_r)`, the scores being log ratios to the reference or, with
 * `divergence`, those of `divergenceScores`. At the reference itself it is ln 2.
 *
 * Who differs: TRL's `sigmoid` ignores `label_smoothing` (earlier versions were cDPO: `conservativePairLoss`).
 *
 * DPO, arXiv:2305.18290.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or an unknown divergence
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([-10]),
 *   rejectedLogProbs: tf.tensor1d([-20]),
 *   referenceChosenLogProbs: tf.tensor1d([-10]),
 *   referenceRejectedLogProbs: tf.tensor1d([-20]),
 * };
 * sigmoidPairLoss(inputs, { beta: 0.1 }).loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const sigmoidPairLoss: PairLoss<SigmoidPairOptions> = dpoPairLoss('sigmoidPairLoss', (ratios, options) =>
  tf.neg(logSigmoid(scaledMargin(ratios, options))),
);

/** Options of `sigmoidNormPairLoss`. */
export interface SigmoidNormPairOptions extends BetaOptions, DivergenceOptions {}

/**
 * DPO of averages: `L = −log σ(β·(score_c/n_c − score_r/n_r))`, n the tokens of each completion.
 *
 * TRL's `sigmoid_norm`; SimPO's length normalisation (arXiv:2405.14734) with a reference.
 *
 * @throws ShapeError when shapes differ or lengths are missing
 * @throws RangeError for a beta that is not above 0, or an unknown divergence
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([-2]),
 *   rejectedLogProbs: tf.tensor1d([-20]),
 *   referenceChosenLogProbs: tf.tensor1d([-4]),
 *   referenceRejectedLogProbs: tf.tensor1d([-30]),
 *   chosenLengths: tf.tensor1d([2]),
 *   rejectedLengths: tf.tensor1d([10]),
 * };
 * sigmoidNormPairLoss(inputs, { beta: 1 }).loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const sigmoidNormPairLoss: PairLoss<SigmoidNormPairOptions> = dpoPairLoss(
  'sigmoidNormPairLoss',
  ({ chosen, rejected, beta }, options, given) => {
    const scores = { chosen: divergenceScores(chosen, options), rejected: divergenceScores(rejected, options) };
    const averaged = averagedScores('sigmoidNormPairLoss', scores, given);
    return tf.neg(logSigmoid(tf.mul(tf.sub(averaged.chosen, averaged.rejected), beta)));
  },
);

/** Options of `conservativePairLoss`. */
export interface ConservativePairOptions extends BetaOptions, DivergenceOptions, LabelSmoothingOptions {}

/**
 * cDPO: `L = −(1−ε)·log σ(h) − ε·log σ(−h)`, the expectation of DPO when a share ε of the labels is swapped.
 *
 * Mitchell 2023, "A note on DPO with noisy preferences"; see arXiv:2403.00409.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a label smoothing outside [0, 1)
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([1]),
 *   rejectedLogProbs: tf.tensor1d([-1]),
 *   referenceChosenLogProbs: tf.tensor1d([0]),
 *   referenceRejectedLogProbs: tf.tensor1d([0]),
 * };
 * const { loss } = conservativePairLoss(inputs, { beta: 1, labelSmoothing: 0.25 });
 * loss.arraySync().toFixed(4); // => '0.6269'
 * ```
 */
export const conservativePairLoss: PairLoss<ConservativePairOptions> = dpoPairLoss(
  'conservativePairLoss',
  (ratios, options) =>
    smoothedLogistic(scaledMargin(ratios, options), checkLabelSmoothing('conservativePairLoss', options)),
);

/** Options of `robustPairLoss`. */
export interface RobustPairOptions extends BetaOptions, DivergenceOptions {
  /** ε, the share of swapped labels. From 0, below 0.5: at one half labels say nothing. Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Robust DPO: `L = (−(1−ε)·log σ(h) + ε·log σ(−h)) / (1 − 2ε)`, an unbiased estimate of DPO's loss on true labels when
 * a share ε is swapped. It may be negative.
 *
 * arXiv:2403.00409.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a label smoothing outside [0, 0.5)
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([1]),
 *   rejectedLogProbs: tf.tensor1d([-1]),
 *   referenceChosenLogProbs: tf.tensor1d([0]),
 *   referenceRejectedLogProbs: tf.tensor1d([0]),
 * };
 * const { loss } = robustPairLoss(inputs, { beta: 1, labelSmoothing: 0.25 });
 * loss.arraySync().toFixed(4); // => '-0.8731'
 * ```
 */
export const robustPairLoss: PairLoss<RobustPairOptions> = dpoPairLoss('robustPairLoss', (ratios, options) => {
  const epsilon = checkLabelSmoothing('robustPairLoss', options, 0.5);
  const logits = scaledMargin(ratios, options);
  const straight = tf.mul(logSigmoid(logits), -(1 - epsilon) / (1 - 2 * epsilon));
  const swapped = tf.mul(logSigmoid(tf.neg(logits)), epsilon / (1 - 2 * epsilon));
  return tf.add(straight, swapped);
});

/** `h = β·(score_c − score_r)`. */
export function scaledMargin({ chosen, rejected, beta }: LogRatios, options: DivergenceOptions): tf.Tensor {
  return tf.mul(tf.sub(divergenceScores(chosen, options), divergenceScores(rejected, options)), beta);
}
