import { tf } from '@rlloom/tensor';
import { averagedScores } from './averaged-scores.ts';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { type DivergenceOptions, divergenceScores } from './f-divergence.ts';
import type { PairLoss } from './pair-loss.ts';

/** Options of `ipoLoss`. */
export interface IpoOptions extends BetaOptions, DivergenceOptions {
  /** Whether log ratios are averages per token, which needs lengths, or sums. Default `average`. */
  readonly logRatios?: 'average' | 'sum';
}

/**
 * IPO: `L = (Δ_c − Δ_r − 1/(2β))²`, Δ the log ratio to the reference or, with `divergence`, the score of it. At the
 * reference it is `1/(4β²)`.
 *
 * Who differs: TRL and AReaL take averages per token (its authors' advice), OpenRLHF and ROLL sums (the paper's letter).
 * f-divergences here are TRL's; IPO is derived from the log ratio itself.
 *
 * IPO, arXiv:2310.12036.
 *
 * @throws ShapeError when shapes differ, or lengths are missing
 * @throws RangeError for a beta that is not above 0, or an unknown divergence
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([-10]),
 *   rejectedLogProbs: tf.tensor1d([-20]),
 *   referenceChosenLogProbs: tf.tensor1d([-10]),
 *   referenceRejectedLogProbs: tf.tensor1d([-20]),
 * };
 * ipoLoss(inputs, { beta: 0.25, logRatios: 'sum' }).loss.arraySync(); // => 4
 * ```
 */
export const ipoLoss: PairLoss<IpoOptions> = dpoPairLoss('ipoLoss', (ratios, options, given) => {
  const scores = {
    chosen: divergenceScores(ratios.chosen, options),
    rejected: divergenceScores(ratios.rejected, options),
  };
  const { chosen, rejected } = options.logRatios === 'sum' ? scores : averagedScores('ipoLoss', scores, given);
  return tf.square(tf.sub(tf.sub(chosen, rejected), 1 / (2 * ratios.beta)));
});
