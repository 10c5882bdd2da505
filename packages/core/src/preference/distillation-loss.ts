import { tf } from '@rlloom/tensor';
import { aggregateLoss, type Count } from '../losses/aggregate-loss.ts';
import { ShapeError } from '../shape-error.ts';
import { shapesOf } from '../tensors/check-shape.ts';
import { type GeneralizedJsdOptions, generalizedJsd } from './generalized-jsd.ts';

/** Inputs of `distillationLoss`. */
export interface DistillationInputs {
  /** `[B,T,V]`; carries the gradient. */
  readonly studentLogits: tf.Tensor3D;
  /** `[B,T,V]`, a constant. */
  readonly teacherLogits: tf.Tensor3D;
  /** `[B,T]`, 1 on trained tokens. */
  readonly mask: tf.Tensor2D;
}

/** Options of `distillationLoss`. */
export interface DistillationOptions extends GeneralizedJsdOptions {
  /** Trained tokens of the whole batch. Default: those of this mask. */
  readonly tokenCount?: Count;
}

/**
 * Distillation of a teacher into a student (GKD): `Σ D·m / tokenCount`, D the `generalizedJsd` of each token: forward KL
 * for `beta: 0`, reverse KL for `beta: 1`, the Jensen–Shannon divergence for 0.5. On-policy when the student sampled the
 * tokens, supervised when they are given.
 *
 * The gradient flows into the student through its probabilities, not through the choice of tokens, as in TRL and in the
 * paper. 0 where nothing is trained.
 *
 * GKD, arXiv:2306.13649; MiniLLM, arXiv:2306.08543, is on-policy reverse KL.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a β outside [0, 1], a temperature that is not positive, or a negative count
 * @example
 * ```ts
 * const inputs = {
 *   studentLogits: tf.tensor3d([[[0, Math.log(3)], [5, 0]]]),
 *   teacherLogits: tf.tensor3d([[[0, 0], [0, 0]]]),
 *   mask: tf.tensor2d([[1, 0]]),
 * };
 * distillationLoss(inputs, { beta: 1 }).arraySync().toFixed(4); // => '0.1308'
 * ```
 */
export function distillationLoss(inputs: DistillationInputs, options: DistillationOptions = {}): tf.Scalar {
  const { studentLogits, teacherLogits, mask } = inputs;
  const fits = studentLogits.rank === 3 && mask.rank === 2;
  if (!fits || mask.shape.some((size, axis) => size !== studentLogits.shape[axis])) {
    throw new ShapeError('distillationLoss', 'logits [B,T,V] and mask [B,T]', shapesOf({ studentLogits, mask }));
  }
  return tf.tidy(() => {
    const divergences = generalizedJsd(studentLogits, teacherLogits, options) as tf.Tensor2D;
    return aggregateLoss(divergences, mask, {
      mode: 'token-mean',
      tokenCount: options.tokenCount ?? tf.sum(mask),
    });
  });
}
