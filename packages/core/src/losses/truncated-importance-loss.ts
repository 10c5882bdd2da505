import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { shapesOf } from '../tensors/check-shape.ts';
import { offTape } from '../tensors/off-tape.ts';
import { type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
import { type PolicyLoss, type PolicyLossInputs, policyLoss } from './policy-loss.ts';

/** Options of `truncatedImportanceLoss`. */
export interface TruncatedImportanceOptions extends ImportanceRatioOptions {
  /** Highest weight a token may have. Default 1 (ROLL). */
  readonly ratioCap?: number;
}

/**
 * REINFORCE with a truncated importance weight: per token `L = −sg[min(ρ, ratioCap)]·A·log π`. Tokens that have become
 * likelier weigh no more than on-policy ones; no token loses its gradient.
 *
 * ROLL's `tis` (its clip from below at 0 never binds). Truncated importance sampling: Ionides 2008.
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
 * const { loss } = truncatedImportanceLoss(inputs, { aggregation: { mode: 'token-sum' } });
 * loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const truncatedImportanceLoss: PolicyLoss<TruncatedImportanceOptions, 'cap'> = policyLoss(
  'truncatedImportanceLoss',
  (given, options) => {
    const { ratioCap = 1 } = options;
    const { logRatio, ratio } = importanceRatio(given, options);
    const weight = offTape(() => tf.minimum(ratio, ratioCap));
    return {
      tokenLoss: tf.neg(tf.mul(tf.mul(weight, given.advantages), given.logProbs)),
      logRatio,
      rules: { cap: tf.greater(ratio, ratioCap) },
    };
  },
);

/** Inputs of `taperedOffPolicyLoss`. */
export interface TaperedInputs extends PolicyLossInputs {
  /** Rewards `[B]`; their sign decides which samples are tapered. */
  readonly rewards: tf.Tensor1D;
}

/** Options of `taperedOffPolicyLoss`. */
export interface TaperedOptions extends ImportanceRatioOptions {
  /** Weight of samples with a reward above 0. Default 1. */
  readonly positiveWeight?: number;
  /** Weight of the other samples. Default 1. */
  readonly negativeWeight?: number;
}

/**
 * TOPR: samples with a positive reward train by plain likelihood, `L = −A·log π`, whatever their ratio; the others
 * taper off as they become unlikely, `L = −sg[clip(ρ, 0, 1)]·A·log π`.
 *
 * TOPR, arXiv:2503.14286; as in ROLL, per token. (ROLL's documented coefficients of the two terms are read nowhere
 * there; here they work.)
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.log(tf.tensor2d([[0.25], [0.25]])),
 *   oldLogProbs: tf.log(tf.tensor2d([[0.5], [0.5]])),
 *   advantages: tf.tensor1d([1, -1]),
 *   rewards: tf.tensor1d([1, 0]),
 *   mask: tf.ones<tf.Rank.R2>([2, 1]),
 * };
 * const { tokenLoss } = taperedOffPolicyLoss.perToken(inputs, {});
 * (tokenLoss.arraySync() as number[][]).map(([loss]) => loss?.toFixed(4)); // => ['1.3863', '-0.6931']
 * ```
 */
export const taperedOffPolicyLoss: PolicyLoss<TaperedOptions, 'taper', TaperedInputs> = policyLoss(
  'taperedOffPolicyLoss',
  (given, options, { rewards }) => {
    if (rewards.rank !== 1 || rewards.shape[0] !== given.mask.shape[0]) {
      throw new ShapeError('taperedOffPolicyLoss', 'rewards [B]', shapesOf({ rewards, mask: given.mask }));
    }
    const { positiveWeight = 1, negativeWeight = 1 } = options;
    const { logRatio, ratio } = importanceRatio(given, options);
    const positive = tf.logicalAnd(tf.expandDims(tf.greater(rewards, 0), 1), tf.onesLike(tf.cast(given.mask, 'bool')));
    const weight = offTape(() =>
      tf.where(positive, tf.fill(ratio.shape, positiveWeight), tf.mul(tf.minimum(ratio, 1), negativeWeight)),
    );
    return {
      tokenLoss: tf.neg(tf.mul(tf.mul(weight, given.advantages), given.logProbs)),
      logRatio,
      rules: { taper: tf.logicalAnd(tf.logicalNot(positive), tf.less(ratio, 1)) },
    };
  },
);
