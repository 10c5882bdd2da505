import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { type AggregationOptions, aggregateLoss } from './aggregate-loss.ts';
import { tokenShare } from './token-share.ts';

/** Inputs of `clippedValueLoss`, each `[B,T]`. */
export interface ValueLossInputs {
  /** Values under the critic being trained; carries the gradient. */
  readonly values: tf.Tensor2D;
  /** Values before this update. */
  readonly oldValues: tf.Tensor2D;
  /** What the values should be. */
  readonly returns: tf.Tensor2D;
  /** 1 on trained tokens. */
  readonly mask: tf.Tensor2D;
}

/** Options of `clippedValueLoss`. */
export interface ValueLossOptions {
  /** How far a value may move from its old one. Default 0.5 (verl). */
  readonly clipRange?: number;
  /** How token losses become one number. */
  readonly aggregation: AggregationOptions;
}

/**
 * The clipped loss of a critic: `½ · max((V − R)², (clip(V, V_old − c, V_old + c) − R)²)`, aggregated.
 *
 * PPO, arXiv:1707.06347 (the clip is of its first implementation). OpenRLHF and verl have the factor ½, slime has not.
 *
 * @returns the loss, and the share of trained tokens whose clipped branch was larger; with `aggregation.tokenCount`
 * given it adds up over micro-batches
 * @throws ShapeError when shapes differ
 */
export function clippedValueLoss(
  inputs: ValueLossInputs,
  options: ValueLossOptions,
): { readonly loss: tf.Scalar; readonly metrics: { readonly clipFraction: tf.Scalar } } {
  const { values, oldValues, returns, mask } = inputs;
  checkTokenTensors('clippedValueLoss', { values, oldValues, returns, mask });
  const { clipRange = 0.5, aggregation } = options;
  return tf.tidy(() => {
    const clipped = tf.minimum(tf.maximum(values, tf.sub(oldValues, clipRange)), tf.add(oldValues, clipRange));
    const plainLoss = tf.square(tf.sub(values, returns));
    const clippedLoss = tf.square(tf.sub(clipped, returns));
    const tokenLoss = tf.mul<tf.Tensor2D>(tf.maximum(plainLoss, clippedLoss), 0.5);
    return {
      loss: aggregateLoss(tokenLoss, mask, aggregation),
      metrics: { clipFraction: tokenShare(tf.greater(clippedLoss, plainLoss), mask, aggregation) },
    };
  });
}
