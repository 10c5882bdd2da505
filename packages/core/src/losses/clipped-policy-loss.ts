import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { checkTokenTensors, shapesOf } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { type AggregationOptions, aggregateLoss } from './aggregate-loss.ts';
import { type ImportanceRatioInputs, type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
import { tokenShare } from './token-share.ts';

/** Inputs of `clippedPolicyLoss`. B = sequences, T = tokens. */
export interface PolicyLossInputs extends ImportanceRatioInputs {
  /** Per token `[B,T]`, or per sequence `[B]`. */
  readonly advantages: tf.Tensor2D | tf.Tensor1D;
  /** Constant weights of the token losses, e.g. a correction for the engine that sampled. `[B,T]` */
  readonly importanceWeights?: tf.Tensor2D;
}

/** Options of `clippedPolicyLoss`. */
export interface PolicyLossOptions extends ImportanceRatioOptions {
  /** ε below 1. Default 0.2. */
  readonly clipRatioLow?: number;
  /** ε above 1; larger than the low one is clip-higher (DAPO uses 0.28). Default 0.2. */
  readonly clipRatioHigh?: number;
  /** Dual clip: a negative advantage costs at most `−A·clipRatioC`. Above 1; `null` for off. Default `null`; verl has 3. */
  readonly clipRatioC?: number | null;
  /** Two-sided clip: bound on the ratio of the unclipped branch (TRL's `delta`). `null` for off, the default. */
  readonly delta?: number | null;
  /** How token losses become one number. */
  readonly aggregation: AggregationOptions;
}

/**
 * What `clippedPolicyLoss` measures: means over trained tokens as scalars. With `aggregation.tokenCount` given they
 * are shares of the whole batch and add up over its micro-batches.
 */
export interface PolicyLossMetrics {
  /** Tokens whose clipped branch was the larger loss: they have no gradient. */
  readonly clipFraction: tf.Scalar;
  /** Of these, with a negative advantage and a ratio below `1 − clipRatioLow`. */
  readonly clipFractionLow: tf.Scalar;
  /** Of these, with a positive advantage and a ratio above `1 + clipRatioHigh`. */
  readonly clipFractionHigh: tf.Scalar;
  /** Tokens held by the dual clip. */
  readonly dualClipFraction: tf.Scalar;
  /** `log π_old − log π`, the k1 estimate of how far the update has moved, in nats. */
  readonly approximateKl: tf.Scalar;
}

/**
 * The clipped policy-gradient loss of PPO and GRPO. Per token
 *
 * `L = max(−A·ρ, −A·clip(ρ, 1 − clipRatioLow, 1 + clipRatioHigh))`,
 *
 * for `A < 0` at most `−A·clipRatioC`, times `importanceWeights`, then aggregated. What stands at masked places of any
 * input, NaN included, has no effect.
 *
 * PPO, arXiv:1707.06347; clip-higher, arXiv:2503.14476; dual clip, arXiv:1912.09729; two-sided clip,
 * arXiv:2505.07291; sequence ratios, arXiv:2507.18071. Defaults follow verl but for the dual clip, which is off.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a `clipRatioC` that is not above 1
 */
export function clippedPolicyLoss(
  inputs: PolicyLossInputs,
  options: PolicyLossOptions,
): { readonly loss: tf.Scalar; readonly metrics: PolicyLossMetrics } {
  const { logProbs, mask, importanceWeights } = inputs;
  checkTokenTensors('clippedPolicyLoss', { logProbs, mask, ...(importanceWeights && { importanceWeights }) });
  const { clipRatioLow = 0.2, clipRatioHigh = 0.2, clipRatioC = null, delta = null, aggregation } = options;
  if (clipRatioC !== null && !(clipRatioC > 1)) {
    throw new RangeError(`clippedPolicyLoss: clipRatioC must be above 1, given ${clipRatioC}`);
  }
  return tf.tidy(() => {
    const advantages = selectUnmasked(perToken(inputs), mask);
    const { logRatio, ratio } = importanceRatio(inputs, options);
    const cost = tf.neg(advantages);
    const unclipped = tf.mul(cost, delta === null ? ratio : tf.minimum(ratio, delta));
    const clipped = tf.mul(cost, tf.clipByValue(ratio, 1 - clipRatioLow, 1 + clipRatioHigh));
    const pessimistic = tf.maximum(unclipped, clipped);
    const negative = tf.less(advantages, 0);
    const bound = clipRatioC === null ? undefined : tf.mul(cost, clipRatioC);
    const held = bound === undefined ? pessimistic : tf.where(negative, tf.minimum(bound, pessimistic), pessimistic);
    const tokenLoss = importanceWeights === undefined ? held : tf.mul(held, selectUnmasked(importanceWeights, mask));

    const isClipped = tf.greater(clipped, unclipped);
    const isHeld =
      bound === undefined ? tf.zerosLike(isClipped) : tf.logicalAnd(negative, tf.greater(pessimistic, bound));
    const share = (values: tf.Tensor) => tokenShare(values, mask, aggregation);
    return {
      loss: aggregateLoss(tokenLoss as tf.Tensor2D, mask, aggregation),
      metrics: {
        clipFraction: share(isClipped),
        clipFractionLow: share(tf.logicalAnd(isClipped, negative)),
        clipFractionHigh: share(tf.logicalAnd(isClipped, tf.logicalNot(negative))),
        dualClipFraction: share(isHeld),
        approximateKl: share(tf.neg(logRatio)),
      },
    };
  });
}

function perToken({ advantages, logProbs }: PolicyLossInputs): tf.Tensor {
  if (advantages.rank === 1 && advantages.shape[0] === logProbs.shape[0]) {
    return tf.add(tf.expandDims(advantages, 1), tf.zerosLike(logProbs));
  }
  if (advantages.rank === 2 && advantages.shape.every((size, axis) => size === logProbs.shape[axis])) return advantages;
  throw new ShapeError('clippedPolicyLoss', 'advantages [B] or [B,T]', shapesOf({ advantages, logProbs }));
}
