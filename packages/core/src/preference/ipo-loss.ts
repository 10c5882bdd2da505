import { tf } from '@rlloom/tensor';
import { averagedScores } from './averaged-scores.ts';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import type { PairLoss } from './pair-loss.ts';

/** Options of `ipoLoss`. */
export interface IpoOptions extends BetaOptions {
  /** Whether log ratios are averages per token, which needs lengths, or sums. Default `average`. */
  readonly logRatios?: 'average' | 'sum';
}

/**
 * IPO: `L = (Δ_c − Δ_r − 1/(2β))²`. At the reference it is `1/(4β²)`.
 *
 * Who differs: TRL and AReaL take averages per token (its authors' advice), OpenRLHF and ROLL sums (the paper's letter).
 * TRL also applies f-divergences here; IPO is derived from the identity, so there is no such option.
 *
 * IPO, arXiv:2310.12036.
 *
 * @throws ShapeError when shapes differ, or lengths are missing
 * @throws RangeError for a beta that is not above 0
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
export const ipoLoss: PairLoss<IpoOptions> = dpoPairLoss('ipoLoss', ({ chosen, rejected, beta }, options, given) => {
  const ratios =
    options.logRatios === 'sum' ? { chosen, rejected } : averagedScores('ipoLoss', { chosen, rejected }, given);
  return tf.square(tf.sub(tf.sub(ratios.chosen, ratios.rejected), 1 / (2 * beta)));
});
