import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';
import { type PolicyLoss, type PolicyLossInputs, policyLoss } from './policy-loss.ts';

/** Inputs of `vespoLoss`. */
export interface VespoInputs extends PolicyLossInputs {
  /** `π_old / π_rollout` per token `[B,T]`, constants above 0; they enter the weight of the sequence. Default: all 1. */
  readonly rolloutRatios?: tf.Tensor2D;
}

/** Options of `vespoLoss`: shape k and rate λ of the weight, by the sign of the advantage. */
export interface VespoOptions {
  /** k where the advantage is not negative. Default 2. */
  readonly positiveShape?: number;
  /** λ where the advantage is not negative. Default 3. */
  readonly positiveRate?: number;
  /** k elsewhere. Default 3. */
  readonly negativeShape?: number;
  /** λ elsewhere. Default 2. */
  readonly negativeRate?: number;
}

// The weight is 0 in float32 well inside these bounds on its log.
const lowestLogWeight = Math.log(1e-8);
const highestLogWeight = 20;

/**
 * VESPO: REINFORCE weighted by a gamma-shaped function of the whole sequence's importance weight w, which is 1 at w = 1
 * and falls off smoothly on both sides: `L = −sg[φ(w)]·A·log π`, `φ(w) = e^λ·w^k·e^(−λ·w)`,
 * `w = exp(Σ_t (log π − log π_old)·m) · Π_t rolloutRatio`.
 *
 * VESPO, arXiv:2602.10693; as TRL's `vespo`.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.log(tf.tensor2d([[0.5]])),
 *   oldLogProbs: tf.log(tf.tensor2d([[0.25]])),
 *   advantages: tf.tensor1d([1]),
 *   mask: tf.ones<tf.Rank.R2>([1, 1]),
 * };
 * const { loss } = vespoLoss(inputs, { aggregation: { mode: 'token-sum' } });
 * loss.arraySync().toFixed(4); // => '0.1380'
 * ```
 */
export const vespoLoss: PolicyLoss<VespoOptions, never, VespoInputs> = policyLoss(
  'vespoLoss',
  (given, options, { rolloutRatios }: VespoInputs) => {
    const { positiveShape = 2, positiveRate = 3, negativeShape = 3, negativeRate = 2 } = options;
    const { advantages, mask } = given;
    if (rolloutRatios !== undefined) checkTokenTensors('vespoLoss', { rolloutRatios, mask });
    const logRatio = tf.sub(given.logProbs, given.oldLogProbs);
    const moved = tf.sum(tf.clipByValue(logRatio, -highestLogWeight, highestLogWeight), 1, true);
    const logWeight = tf.clipByValue(
      rolloutRatios === undefined ? moved : tf.add(moved, logProduct(rolloutRatios, mask)),
      lowestLogWeight,
      highestLogWeight,
    );
    const weight = tf.exp(logWeight);
    const positive = tf.cast(tf.greaterEqual(advantages, 0), 'float32');
    const bySign = (whenPositive: number, otherwise: number) =>
      tf.add(tf.mul(positive, whenPositive - otherwise), otherwise);
    const shape = bySign(positiveShape, negativeShape);
    const rate = tf.maximum(bySign(positiveRate, negativeRate), 1e-4);
    const factor = tf.exp(tf.sub(tf.add(rate, tf.mul(shape, logWeight)), tf.mul(rate, weight)));
    return {
      tokenLoss: tf.neg(tf.mul(tf.mul(stopGradient(factor), advantages), given.logProbs)),
      logRatio,
      rules: {},
    };
  },
);

function logProduct(ratios: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor {
  const logs = tf.log(tf.maximum(tf.add(selectUnmasked(ratios, mask), tf.sub(1, mask)), 1e-30));
  return tf.sum(tf.clipByValue(logs, lowestLogWeight, highestLogWeight), 1, true);
}
