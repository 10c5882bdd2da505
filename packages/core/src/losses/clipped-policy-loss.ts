import { tf } from '@rlloom/tensor';
import { clipInside, evenMaximum, evenMinimum } from '../tensors/ties.ts';
import { type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
import { type PolicyLoss, policyLoss } from './policy-loss.ts';

/** Options of `clippedPolicyLoss`. */
export interface ClippedPolicyLossOptions extends ImportanceRatioOptions {
  /** ε below 1. Default 0.2. */
  readonly clipRatioLow?: number;
  /** ε above 1; larger than the low one is clip-higher (DAPO uses 0.28). Default 0.2. */
  readonly clipRatioHigh?: number;
  /** Dual clip: a negative advantage costs at most `−A·clipRatioC`. Above 1; `null` for off. Default `null`; verl has 3. */
  readonly clipRatioC?: number | null;
  /** Two-sided clip: bound on the ratio of the unclipped branch (TRL's `delta`). `null` for off, the default. */
  readonly delta?: number | null;
}

/**
 * Where the clips of a loss took hold. `clip`: the clipped branch was the larger loss, so the token has no gradient;
 * `clipLow` of these with a negative advantage (ratio below `1 − clipRatioLow`), `clipHigh` with a positive one (ratio
 * above `1 + clipRatioHigh`); `dualClip`: the bound of a negative advantage held.
 */
export type ClipRule = 'clip' | 'clipLow' | 'clipHigh' | 'dualClip';

/**
 * The clipped policy-gradient loss of PPO and GRPO. Per token
 *
 * `L = max(−A·ρ, −A·clip(ρ, 1 − clipRatioLow, 1 + clipRatioHigh))`,
 *
 * for `A < 0` at most `−A·clipRatioC`, times `importanceWeights`, then aggregated. What stands at masked places of any
 * input, NaN included, has no effect. Where the two branches meet at a bound, half of the gradient is left, as in PyTorch.
 *
 * Who differs: verl has dual clip at 3 always on, TRL and OpenRLHF have it off; ROLL's bound is `1 + 2·clipRatio`;
 * TRL does not clamp the log ratio.
 *
 * PPO, arXiv:1707.06347; clip-higher, arXiv:2503.14476; dual clip, arXiv:1912.09729; two-sided clip,
 * arXiv:2505.07291; sequence ratios, arXiv:2507.18071. Defaults follow verl but for the dual clip, which is off.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a `clipRatioC` that is not above 1
 * @example
 * ```ts
 * const { loss } = clippedPolicyLoss(
 *   {
 *     logProbs: tf.log(tf.tensor2d([[0.5, 0.25, 0.75]])),
 *     oldLogProbs: tf.log(tf.tensor2d([[0.5, 0.5, 0.5]])),
 *     advantages: tf.tensor1d([1]),
 *     mask: tf.ones([1, 3]),
 *   },
 *   { aggregation: { mode: 'token-sum' } },
 * );
 * loss.arraySync().toFixed(3); // => '-2.700'
 * ```
 */
export const clippedPolicyLoss: PolicyLoss<ClippedPolicyLossOptions, ClipRule> = policyLoss(
  'clippedPolicyLoss',
  (given, options) => {
    const { clipRatioLow = 0.2, clipRatioHigh = 0.2, clipRatioC = null, delta = null } = options;
    if (clipRatioC !== null && !(clipRatioC > 1)) {
      throw new RangeError(`clippedPolicyLoss: clipRatioC must be above 1, given ${clipRatioC}`);
    }
    const { logRatio, ratio } = importanceRatio(given, options);
    const { advantages } = given;
    const cost = tf.neg(advantages);
    const unclipped = tf.mul(cost, delta === null ? ratio : clipInside(ratio, Number.NEGATIVE_INFINITY, delta));
    const clipped = tf.mul(cost, clipInside(ratio, 1 - clipRatioLow, 1 + clipRatioHigh));
    const pessimistic = evenMaximum(unclipped, clipped);
    const negative = tf.less(advantages, 0);
    const bound = clipRatioC === null ? undefined : tf.mul(cost, clipRatioC);
    const clip = tf.greater(clipped, unclipped);
    return {
      tokenLoss: bound === undefined ? pessimistic : tf.where(negative, evenMinimum(bound, pessimistic), pessimistic),
      logRatio,
      rules: {
        clip,
        clipLow: tf.logicalAnd(clip, negative),
        clipHigh: tf.logicalAnd(clip, tf.logicalNot(negative)),
        dualClip: bound === undefined ? tf.zerosLike(clip) : tf.logicalAnd(negative, tf.greater(pessimistic, bound)),
      },
    };
  },
);
