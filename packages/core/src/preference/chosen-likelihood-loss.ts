import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { ShapeError } from '../shape-error.ts';
import { shapesOf } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { checkCount, type PairCounts, type PairInputs, type PairLoss } from './pair-loss.ts';

/** Options of `chosenLikelihoodLoss`; β only scales the measured rewards. */
export interface ChosenLikelihoodOptions extends BetaOptions, PairCounts {
  /** Tokens of the chosen completions of the whole batch. Default: the sum of `chosenLengths`. */
  readonly tokenCount?: Count;
}

/**
 * Supervised fine-tuning on the chosen completions: `−Σ log π / tokenCount`, over their tokens. A term beside others
 * (TRL's `sft`, MPO arXiv:2411.10442, NeMo-RL's `sft_loss_weight`); see `mixedDpoLoss`.
 *
 * Reads `chosenLikelihood` where it is given, else `chosenLogProbs`. `pairWeights` weigh each completion's tokens; TRL
 * weighs the batch's mean by the mean of the weights.
 *
 * @throws ShapeError when shapes differ, or there is neither `tokenCount` nor `chosenLengths`
 * @throws RangeError for a negative count
 * @example
 * ```ts
 * const zero = tf.tensor1d([0, 0]);
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([-3, -1]),
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 *   chosenLengths: tf.tensor1d([3, 5]),
 * };
 * chosenLikelihoodLoss(inputs).loss.arraySync(); // => 0.5
 * ```
 */
export const chosenLikelihoodLoss: PairLoss<ChosenLikelihoodOptions> = dpoPairLoss(
  'chosenLikelihoodLoss',
  (_, options, given) => {
    const { chosenLikelihood = given.chosenLogProbs, pairMask } = given;
    checkCount('tokenCount', options.tokenCount);
    const pairCount = options.pairCount ?? (pairMask === undefined ? chosenLikelihood.size : tf.sum(pairMask));
    const tokenCount = options.tokenCount ?? tf.sum(lengthsOf(given));
    // The mean over pairs divides by pairCount again, which leaves the tokens.
    return tf.mul(tf.neg(chosenLikelihood), tf.div(pairCount, tf.maximum(tokenCount, 1e-8)));
  },
);

function lengthsOf({ chosenLengths, chosenLogProbs, pairMask }: PairInputs): tf.Tensor1D {
  if (chosenLengths === undefined) {
    throw new ShapeError('chosenLikelihoodLoss', 'chosenLengths [B] or a tokenCount', shapesOf({ chosenLogProbs }));
  }
  return pairMask === undefined ? chosenLengths : selectUnmasked(chosenLengths, pairMask);
}
