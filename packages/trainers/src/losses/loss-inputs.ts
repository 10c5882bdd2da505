import type { Count } from '@rlloom/core';
import type { tf } from '@rlloom/tensor';

/**
 * What a loss sees: trained tokens of one micro-batch, and the counts of the whole batch to normalise by. All
 * tensors are `[B,R]`; unused places have mask 0.
 */
export interface LossInputs {
  /** Log-probs under the policy being trained; carries the gradient. */
  readonly logProbs: tf.Tensor2D;
  /** Entropies of the token distributions; carries the gradient. */
  readonly entropies: tf.Tensor2D;
  readonly mask: tf.Tensor2D;
  readonly advantages?: tf.Tensor2D;
  readonly oldLogProbs?: tf.Tensor2D;
  readonly referenceLogProbs?: tf.Tensor2D;
  readonly rolloutLogProbs?: tf.Tensor2D;
  /** Constant factors of each token's loss. */
  readonly importanceWeights?: tf.Tensor2D;
  readonly counts: BatchCounts;
  /** Options of the loss that may change from step to step; each takes the place of the option of its name. */
  readonly coefficients?: Readonly<Record<string, Count>>;
}

/**
 * Sizes of the whole batch that a micro-batch is a part of: numbers, or scalar tensors where the loss is recorded once
 * and run often.
 */
export interface BatchCounts {
  /** Trained tokens. */
  readonly tokenCount: Count;
  /** Sequences with at least one trained token. */
  readonly sequenceCount: Count;
  /** Sequences that belong together and stand side by side; 1 where none do. It shapes tensors. */
  readonly groupSize: number;
  /** Groups of the batch: sequences where none belong together. */
  readonly groupCount: Count;
  /** Trained tokens by place in the group, `groupSize` numbers. */
  readonly placeTokenCounts: readonly Count[];
}

/** A loss and what it measured; every metric is a scalar that adds up over micro-batches. */
export interface LossOutputs {
  readonly loss: tf.Scalar;
  readonly metrics: Readonly<Record<string, tf.Scalar>>;
}

/** A loss over one micro-batch. Pure, and reads no value of a tensor; runs inside a tape. */
export type LossFunction = (inputs: LossInputs) => LossOutputs;
