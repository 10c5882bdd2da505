import { tf } from '@rlloom/tensor';
import { type PolicyLoss, policyLoss } from './policy-loss.ts';

/** Options of `kimiLoss`. */
export interface KimiOptions {
  /** τ, the weight of the squared log ratio. Not negative. Default 0.1 (ROLL). */
  readonly temperature?: number;
}

/**
 * The policy gradient with a quadratic penalty on how far a token has moved: `L = −A·log π + (τ/2)·(log π − log π_old)²`.
 *
 * Kimi k1.5, arXiv:2501.12599; per token as in ROLL's `kimi15`.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a negative temperature
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1]]),
 *   oldLogProbs: tf.tensor2d([[-3]]),
 *   advantages: tf.tensor1d([1]),
 *   mask: tf.ones<tf.Rank.R2>([1, 1]),
 * };
 * kimiLoss(inputs, { temperature: 0.5, aggregation: { mode: 'token-sum' } }).loss.arraySync(); // => 2
 * ```
 */
export const kimiLoss: PolicyLoss<KimiOptions> = policyLoss('kimiLoss', (given, { temperature = 0.1 }) => {
  if (!(temperature >= 0)) throw new RangeError(`kimiLoss: temperature must not be negative, given ${temperature}`);
  const logRatio = tf.sub(given.logProbs, given.oldLogProbs);
  const penalty = tf.mul(tf.square(logRatio), temperature / 2);
  return { tokenLoss: tf.sub(penalty, tf.mul(given.advantages, given.logProbs)), logRatio, rules: {} };
});

/** Options of `directRewardLoss`. */
export interface DirectRewardOptions {
  /** β, the weight of the squared log ratio. Above 0: without it the loss has no lower bound. */
  readonly beta: number;
}

/**
 * DRO: `L = −(A·log π − (β/2)·(log π − log π_old)²)`. The same formula as `kimiLoss` with a β that must be chosen.
 *
 * DRO, arXiv:2405.19107; per token as in verl's `dro`.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1]]),
 *   oldLogProbs: tf.tensor2d([[-3]]),
 *   advantages: tf.tensor1d([1]),
 *   mask: tf.ones<tf.Rank.R2>([1, 1]),
 * };
 * directRewardLoss(inputs, { beta: 1, aggregation: { mode: 'token-sum' } }).loss.arraySync(); // => 3
 * ```
 */
export const directRewardLoss: PolicyLoss<DirectRewardOptions> = policyLoss('directRewardLoss', (given, { beta }) => {
  if (!(beta > 0)) throw new RangeError(`directRewardLoss: beta must be above 0, given ${beta}`);
  return kimiLoss.perToken(given, { temperature: beta });
});
