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
  readonly counts: BatchCounts;
}

/** Sizes of the whole batch that a micro-batch is a part of. */
export interface BatchCounts {
  /** Trained tokens. */
  readonly tokenCount: number;
  /** Sequences with at least one trained token. */
  readonly sequenceCount: number;
  /** Sequences that belong together and stand side by side; 1 where none do. */
  readonly groupSize: number;
  /** Groups of the batch: sequences where none belong together. */
  readonly groupCount: number;
  /** Trained tokens by place in the group, `groupSize` numbers. */
  readonly placeTokenCounts: readonly number[];
}

/** A loss and what it measured; every metric is a scalar that adds up over micro-batches. */
export interface LossOutputs {
  readonly loss: tf.Scalar;
  readonly metrics: Readonly<Record<string, tf.Scalar>>;
}

/** A loss over one micro-batch. Pure; runs inside a tape. */
export type LossFunction = (inputs: LossInputs) => LossOutputs;
