import { tf } from '@rlloom/tensor';
import { clipInside, evenMinimum } from '../tensors/ties.ts';
import { type PolicyLoss, policyLoss } from './policy-loss.ts';

/** Options of `gmpoLoss`. */
export interface GmpoOptions {
  /** Bound on the log ratio from below: a token's ratio is at least `e^−clipRatioLow`. Default 0.4. */
  readonly clipRatioLow?: number;
  /** Bound on the log ratio from above. Default 0.4. */
  readonly clipRatioHigh?: number;
  /** Bound on the size of the sequence's mean log ratio before `exp`; `null` for none (verl, TRL). Default 20. */
  readonly logRatioClamp?: number | null;
}

/**
 * GMPO: the geometric mean of a sequence's clipped token ratios: with `ℓ = log π − log π_old`,
 *
 * `s_i = exp(Σ_t ℓ̃·m / n_i)`, `ℓ̃ = sign(A)·min(sign(A)·ℓ, sign(A)·clip(ℓ, −clipRatioLow, clipRatioHigh))`, `L_i = −Ā_i·s_i`,
 *
 * `Ā_i` the mean advantage of the sequence. Every token of the sequence carries `L_i`; aggregate by
 * `sequence-mean-token-mean`. Clips are of the log ratio, not of the ratio.
 *
 * Who differs: verl (`geo_mean`) and TRL average over all rows, empty ones included: give `sequenceCount` for that. verl
 * takes the geometric mean of importance weights over the sequence; here they weigh token losses.
 *
 * GMPO, arXiv:2507.20673.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1, -1]]),
 *   oldLogProbs: tf.tensor2d([[-1.25, -3]]),
 *   advantages: tf.tensor1d([1]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 * };
 * const { loss } = gmpoLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } });
 * loss.arraySync().toFixed(4); // => '-1.3840'
 * ```
 */
export const gmpoLoss: PolicyLoss<GmpoOptions, 'clip' | 'clipLow' | 'clipHigh'> = policyLoss(
  'gmpoLoss',
  (given, { clipRatioLow = 0.4, clipRatioHigh = 0.4, logRatioClamp = 20 }) => {
    const { advantages, mask } = given;
    const logRatio = tf.sub(given.logProbs, given.oldLogProbs);
    const sign = tf.sign(advantages);
    const clamped = clipInside(logRatio, -clipRatioLow, clipRatioHigh);
    const kept = tf.mul(sign, evenMinimum(tf.mul(sign, logRatio), tf.mul(sign, clamped)));
    const lengths = tf.maximum(tf.sum(mask, 1, true), 1);
    const mean = tf.div(tf.sum(kept, 1, true), lengths);
    const ratio = tf.exp(logRatioClamp === null ? mean : clipInside(mean, -logRatioClamp, logRatioClamp));
    const advantage = tf.div(tf.sum(advantages, 1, true), lengths);
    const clipLow = tf.logicalAnd(tf.less(logRatio, -clipRatioLow), tf.less(advantages, 0));
    const clipHigh = tf.logicalAnd(tf.greater(logRatio, clipRatioHigh), tf.greater(advantages, 0));
    return {
      tokenLoss: tf.add(tf.neg(tf.mul(advantage, ratio)), tf.zerosLike(mask)),
      logRatio,
      rules: { clip: tf.logicalOr(clipLow, clipHigh), clipLow, clipHigh },
    };
  },
);
