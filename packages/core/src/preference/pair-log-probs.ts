import { tf } from '@rlloom/tensor';
import { maskedSum } from '../masking/masked-mean.ts';
import { ShapeError } from '../shape-error.ts';
import { checkTokenTensors, shapesOf } from '../tensors/check-shape.ts';
import { offTape } from '../tensors/off-tape.ts';
import type { PairInputs } from './pair-loss.ts';

/** Pairs as tokens; B pairs, T tokens of the widest chosen and U of the widest rejected completion. */
export interface PairTokens {
  /** `[B,T]` */
  readonly chosenLogProbs: tf.Tensor2D;
  /** `[B,T]`, 1 on tokens of the completion. */
  readonly chosenMask: tf.Tensor2D;
  /** `[B,U]` */
  readonly rejectedLogProbs: tf.Tensor2D;
  /** `[B,U]`, 1 on tokens of the completion. */
  readonly rejectedMask: tf.Tensor2D;
  /** `[B,T]`; or `[B]`, sums that were computed before, by the same options. */
  readonly referenceChosenLogProbs: tf.Tensor2D | tf.Tensor1D;
  /** `[B,U]`; or `[B]`. */
  readonly referenceRejectedLogProbs: tf.Tensor2D | tf.Tensor1D;
}

/** Options of `pairLogProbs`. */
export interface PairLogProbsOptions {
  /**
   * α of LD-DPO, from 0 to 1: the weight of the tokens beyond the length of the shorter completion of a pair. 1 is
   * DPO, 0 cuts both completions to one length. Default 1.
   */
  readonly lengthDesensitization?: number;
}

/**
 * Inputs of the losses of pairs, from tokens: `Σ_t w_t·log π_t` over each completion, with w = 1 up to the length of
 * the shorter completion of the pair and α beyond. The lengths are given too, and `chosenLikelihood` without weights.
 *
 * LD-DPO, arXiv:2409.06411; TRL's `ld_alpha`.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for an α outside [0, 1]
 * @example
 * ```ts
 * const tokens = {
 *   chosenLogProbs: tf.tensor2d([[-1, -1, -4]]),
 *   chosenMask: tf.tensor2d([[1, 1, 1]]),
 *   rejectedLogProbs: tf.tensor2d([[-2, -2]]),
 *   rejectedMask: tf.tensor2d([[1, 1]]),
 *   referenceChosenLogProbs: tf.tensor1d([-6]),
 *   referenceRejectedLogProbs: tf.tensor1d([-6]),
 * };
 * pairLogProbs(tokens).chosenLogProbs.arraySync(); // => [-6]
 * pairLogProbs(tokens, { lengthDesensitization: 0.5 }).chosenLogProbs.arraySync(); // => [-4]
 * ```
 */
export function pairLogProbs(
  tokens: PairTokens,
  options: PairLogProbsOptions = {},
): Required<Omit<PairInputs, 'pairMask' | 'pairWeights'>> {
  const { chosenLogProbs, chosenMask, rejectedLogProbs, rejectedMask } = tokens;
  const { lengthDesensitization = 1 } = options;
  checkTokens(tokens);
  if (!(lengthDesensitization >= 0 && lengthDesensitization <= 1)) {
    throw new RangeError(`pairLogProbs: lengthDesensitization must be from 0 to 1, given ${lengthDesensitization}`);
  }
  return tf.tidy(() => {
    const chosenLengths = tf.sum<tf.Tensor1D>(chosenMask, 1);
    const rejectedLengths = tf.sum<tf.Tensor1D>(rejectedMask, 1);
    const shared = tf.expandDims(tf.minimum(chosenLengths, rejectedLengths), 1);
    const sums = (logProbs: tf.Tensor2D | tf.Tensor1D, mask: tf.Tensor2D): tf.Tensor1D => {
      if (logProbs.rank === 1) return logProbs.clone() as tf.Tensor1D;
      const all = maskedSum(logProbs, mask, 1) as tf.Tensor1D;
      if (lengthDesensitization === 1) return all;
      const tail = offTape(() => tf.mul(mask, tf.cast(tf.greater(tf.cumsum(mask, 1), shared), 'float32')));
      return tf.sub(all, tf.mul(maskedSum(logProbs, tail, 1), 1 - lengthDesensitization));
    };
    return {
      chosenLogProbs: sums(chosenLogProbs, chosenMask),
      rejectedLogProbs: sums(rejectedLogProbs, rejectedMask),
      referenceChosenLogProbs: sums(tokens.referenceChosenLogProbs, chosenMask),
      referenceRejectedLogProbs: sums(tokens.referenceRejectedLogProbs, rejectedMask),
      chosenLengths,
      rejectedLengths,
      chosenLikelihood: maskedSum(chosenLogProbs, chosenMask, 1) as tf.Tensor1D,
    } as never;
  });
}

function checkTokens(tokens: PairTokens): void {
  const { chosenLogProbs, chosenMask, rejectedLogProbs, rejectedMask } = tokens;
  const sides = [
    { chosenLogProbs, chosenMask, referenceChosenLogProbs: tokens.referenceChosenLogProbs },
    { rejectedLogProbs, rejectedMask, referenceRejectedLogProbs: tokens.referenceRejectedLogProbs },
  ];
  for (const side of sides) {
    const perToken = Object.entries(side).filter(([name, { rank }]) => rank !== 1 || !name.startsWith('reference'));
    checkTokenTensors('pairLogProbs', Object.fromEntries(perToken));
    for (const tensor of Object.values(side)) {
      if (tensor.shape[0] !== chosenMask.shape[0]) {
        throw new ShapeError('pairLogProbs', 'equally many rows', shapesOf({ chosenMask, ...side }));
      }
    }
  }
}
