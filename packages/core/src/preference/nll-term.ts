import { tf } from '@rlloom/tensor';

/** A likelihood term beside a loss without a reference model. */
export interface NllTerm {
  /**
   * The negative log-likelihood of the chosen, already a mean over the tokens of the whole batch: `supervisedLoss` with
   * its `tokenCount`. Default: none.
   */
  readonly chosenNll?: tf.Scalar;
  /** Its weight. Default 1. */
  readonly nllWeight?: number;
}

/** `loss + nllWeight · chosenNll`. */
export function withNll(loss: tf.Scalar, { chosenNll, nllWeight = 1 }: NllTerm): tf.Scalar {
  return chosenNll === undefined ? loss : tf.add(loss, tf.mul(chosenNll, nllWeight));
}
