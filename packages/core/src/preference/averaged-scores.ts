import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { shapesOf } from '../tensors/check-shape.ts';
import type { PairInputs } from './pair-loss.ts';

/** The scores of completions. */
export interface PairScores {
  readonly chosen: tf.Tensor1D;
  readonly rejected: tf.Tensor1D;
}

/**
 * Scores per token: each divided by the tokens of its completion, at least 1.
 *
 * @throws ShapeError when a length is missing
 */
export function averagedScores(caller: string, { chosen, rejected }: PairScores, given: PairInputs): PairScores {
  const { chosenLengths, rejectedLengths, chosenLogProbs } = given;
  if (chosenLengths === undefined || rejectedLengths === undefined) {
    throw new ShapeError(caller, 'chosenLengths [B] and rejectedLengths [B]', shapesOf({ chosenLogProbs }));
  }
  return {
    chosen: tf.div(chosen, tf.maximum(chosenLengths, 1)),
    rejected: tf.div(rejected, tf.maximum(rejectedLengths, 1)),
  };
}
