import { tf } from '@rlloom/tensor';
import { type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
import { type PolicyLoss, policyLoss } from './policy-loss.ts';

/** Options of `sapoLoss`. */
export interface SapoOptions extends ImportanceRatioOptions {
  /** τ where the advantage is above 0. Default 1. */
  readonly positiveTemperature?: number;
  /** τ elsewhere; larger lets go sooner. Default 1.05. */
  readonly negativeTemperature?: number;
}

/**
 * SAPO: a soft gate in place of the clip: `L = −A·(4/τ)·σ(τ·(ρ − 1))`. At ρ = 1 its gradient is that of PPO; away from
 * it the gradient fades instead of ending.
 *
 * verl aggregates it by `sequence-mean-token-mean` whatever is asked; TRL likewise.
 *
 * SAPO, arXiv:2511.20347.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a temperature that is not above 0
 * @example
 * ```ts
 * const inputs = { logProbs: tf.tensor2d([[-1]]), advantages: tf.tensor1d([3]), mask: tf.ones<tf.Rank.R2>([1, 1]) };
 * sapoLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } }).loss.arraySync(); // => -6
 * ```
 */
export const sapoLoss: PolicyLoss<SapoOptions> = policyLoss('sapoLoss', (given, options) => {
  const { positiveTemperature = 1, negativeTemperature = 1.05 } = options;
  for (const [name, value] of Object.entries({ positiveTemperature, negativeTemperature })) {
    if (!(value > 0)) throw new RangeError(`sapoLoss: ${name} must be above 0, given ${value}`);
  }
  const { logRatio, ratio } = importanceRatio(given, options);
  const temperature = tf.where(
    tf.greater(given.advantages, 0),
    tf.fill(ratio.shape, positiveTemperature),
    tf.fill(ratio.shape, negativeTemperature),
  );
  const gate = tf.div(tf.mul(tf.sigmoid(tf.mul(temperature, tf.sub(ratio, 1))), 4), temperature);
  return { tokenLoss: tf.neg(tf.mul(gate, given.advantages)), logRatio, rules: {} };
});
