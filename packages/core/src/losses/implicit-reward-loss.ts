import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { checkTokenTensors, shapesOf } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import type { Count } from './aggregate-loss.ts';

/** Inputs of `implicitRewardLoss`. B = sequences, T = tokens. */
export interface ImplicitRewardLossInputs {
  /** Log-probs of the sampled tokens under the implicit reward model, which is trained. `[B,T]` */
  readonly logProbs: tf.Tensor2D;
  /** Log-probs of the same tokens under its reference, a constant. `[B,T]` */
  readonly referenceLogProbs: tf.Tensor2D;
  /** 1 where the response is right, 0 where it is wrong, or a probability in between. `[B]` */
  readonly labels: tf.Tensor1D;
  /** `[B,T]`, 1 on trained tokens. */
  readonly mask: tf.Tensor2D;
}

/** Options of `implicitRewardLoss`. */
export interface ImplicitRewardLossOptions {
  /** Scale β of the summed log-ratio. Default 0.05 (PRIME's `beta_train`). */
  readonly beta?: number;
  /** Sequences with a trained token in the whole batch. Default: those of this mask. */
  readonly sequenceCount?: Count;
}

/**
 * Trains an implicit process reward model on outcomes: the binary cross-entropy between `σ(z_i)` and the label,
 * `z_i = β · Σ_t (log π_φ − log π_ref)·m`,
 *
 * `L = −Σ_i [y_i · log σ(z_i) + (1 − y_i) · log σ(−z_i)] / sequenceCount`.
 *
 * Computed from z, not from its sigmoid, so finite however far the model is from its reference (the peer's logarithm
 * stops at −100). Sequences without a trained token are left out; what stands at masked places has no effect.
 *
 * PRIME, arXiv:2502.01456; implicit PRM, arXiv:2412.01981. Its rewards: `implicitProcessRewards`.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const zeros = tf.zeros<tf.Rank.R2>([1, 2]);
 * const inputs = { logProbs: zeros, referenceLogProbs: zeros, labels: tf.tensor1d([1]), mask: tf.ones<tf.Rank.R2>([1, 2]) };
 * await implicitRewardLoss(inputs).data(); // => Float32Array [0.6931]
 * ```
 */
export function implicitRewardLoss(
  inputs: ImplicitRewardLossInputs,
  options: ImplicitRewardLossOptions = {},
): tf.Scalar {
  const { logProbs, referenceLogProbs, labels, mask } = inputs;
  checkTokenTensors('implicitRewardLoss', { logProbs, referenceLogProbs, mask });
  if (labels.rank !== 1 || labels.shape[0] !== mask.shape[0]) {
    throw new ShapeError('implicitRewardLoss', 'one label per sequence', shapesOf({ labels, mask }));
  }
  const { beta = 0.05, sequenceCount } = options;
  return tf.tidy(() => {
    const logRatio = selectUnmasked(tf.sub(logProbs, referenceLogProbs), mask);
    const score = tf.mul(tf.sum(logRatio, 1), beta);
    const used = tf.cast(tf.greater(tf.sum(mask, 1), 0), 'float32');
    const right = selectUnmasked(labels, used);
    const surprise = tf.add(tf.mul(right, tf.softplus(tf.neg(score))), tf.mul(tf.sub(1, right), tf.softplus(score)));
    const count = tf.maximum(sequenceCount ?? tf.sum(used), 1e-8);
    return tf.div(tf.sum(selectUnmasked(surprise, used)), count);
  });
}
