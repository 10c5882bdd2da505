import { tf } from '@rlloom/tensor';
import { type PolicyLoss, policyLoss } from './policy-loss.ts';

/**
 * The policy gradient without a ratio: per token `L = −A·log π`, times `importanceWeights`.
 *
 * `oldLogProbs` serve only to measure `approximateKl`. GPG (arXiv:2504.02546) is this loss with the advantages of
 * `groupPolicyGradientAdvantages`; with constant weights of the trainer against the rollout engine it is REINFORCE
 * with importance sampling (verl's `reinforce`, ROLL's `vanilla`, NeMo-RL's `disable_ppo_ratio`).
 *
 * Williams 1992, "Simple statistical gradient-following algorithms".
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = { logProbs: tf.tensor2d([[-1, -2]]), advantages: tf.tensor1d([3]), mask: tf.ones<tf.Rank.R2>([1, 2]) };
 * reinforceLoss(inputs, { aggregation: { mode: 'token-sum' } }).loss.arraySync(); // => 9
 * ```
 */
export const reinforceLoss: PolicyLoss<Readonly<Record<never, never>>> = policyLoss('reinforceLoss', (given) => ({
  tokenLoss: tf.neg(tf.mul(given.advantages, given.logProbs)),
  logRatio: tf.sub(given.logProbs, given.oldLogProbs),
  rules: {},
}));
