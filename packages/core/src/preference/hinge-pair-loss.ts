import { tf } from '@rlloom/tensor';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { scaledMargin } from './dpo-sigmoid-losses.ts';
import type { DivergenceOptions } from './f-divergence.ts';
import type { PairLoss } from './pair-loss.ts';

/** Options of `hingePairLoss`. */
export interface HingePairOptions extends BetaOptions, DivergenceOptions {}

/**
 * `L = max(0, 1 − h)`, `h = β·(score_c − score_r)`: a pair teaches until its margin is 1.
 *
 * RSO, arXiv:2309.06657; SLiC, arXiv:2305.10425.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([-1, 4]),
 *   rejectedLogProbs: tf.tensor1d([-1, -4]),
 *   referenceChosenLogProbs: tf.tensor1d([-3, 0]),
 *   referenceRejectedLogProbs: tf.tensor1d([-2, 0]),
 * };
 * hingePairLoss(inputs, { beta: 0.5 }).loss.arraySync(); // => 0.25
 * ```
 */
export const hingePairLoss: PairLoss<HingePairOptions> = dpoPairLoss('hingePairLoss', (ratios, options) =>
  tf.relu(tf.sub(1, scaledMargin(ratios, options))),
);
