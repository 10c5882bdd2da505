import { tf } from '@rlloom/tensor';
import { offTape } from '../tensors/off-tape.ts';
import { type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
import { type PolicyLoss, policyLoss } from './policy-loss.ts';

/** Options of `cispoLoss`. */
export interface CispoOptions extends ImportanceRatioOptions {
  /** The weight is at least `1 − clipRatioLow`; `null` for no bound from below (TRL). Default 0.2. */
  readonly clipRatioLow?: number | null;
  /** The weight is at most `1 + clipRatioHigh`. TRL's `epsilon_high` is the bound itself: subtract 1. Default 0.2. */
  readonly clipRatioHigh?: number;
}

/**
 * CISPO: REINFORCE whose importance weight is clipped, instead of the loss, so that every token keeps a gradient:
 * `L = −sg[clip(ρ, 1 − clipRatioLow, 1 + clipRatioHigh)]·A·log π`.
 *
 * Who differs: verl and ROLL (0.1/0.1) clamp around 1 on both sides; TRL clamps at `epsilon_high` itself (5 suggested)
 * and not from below; slime and AReaL choose a wide band.
 *
 * CISPO, arXiv:2506.13585.
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
 * const { loss } = cispoLoss(inputs, { clipRatioHigh: 0.5, aggregation: { mode: 'token-sum' } });
 * loss.arraySync().toFixed(4); // => '1.0397'
 * ```
 */
export const cispoLoss: PolicyLoss<CispoOptions, 'clip'> = policyLoss('cispoLoss', (given, options) => {
  const { clipRatioLow = 0.2, clipRatioHigh = 0.2 } = options;
  const { logRatio, ratio } = importanceRatio(given, options);
  const lowest = clipRatioLow === null ? 0 : 1 - clipRatioLow;
  const weight = offTape(() => tf.clipByValue(ratio, lowest, 1 + clipRatioHigh));
  return {
    tokenLoss: tf.neg(tf.mul(tf.mul(weight, given.advantages), given.logProbs)),
    logRatio,
    rules: { clip: tf.notEqual(ratio, weight) },
  };
});
