import { aggregateLoss, clippedPolicyLoss, type Count, klEstimate } from '@rlloom/core';
import { RlloomError } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { z } from 'zod';
import type { LossInputs, LossOutputs } from './loss-inputs.ts';

/** Options of the GRPO/PPO policy loss with optional KL and entropy terms. */
export const policyLossOptions = z.strictObject({
  clipRatioLow: z.number().min(0).default(0.2),
  clipRatioHigh: z.number().min(0).default(0.2),
  clipRatioC: z.number().gt(1).nullable().default(null),
  ratioLevel: z.enum(['token', 'sequence']).default('token'),
  aggregation: z
    .enum([
      'token-mean',
      'token-sum',
      'sequence-mean-token-sum',
      'sequence-mean-token-sum-norm',
      'sequence-mean-token-mean',
    ])
    .default('token-mean'),
  aggregationScale: z.number().positive().nullable().default(null),
  klCoefficient: z.number().min(0).default(0),
  klEstimator: z.enum(['k1', 'abs', 'k2', 'k3']).default('k3'),
  entropyCoefficient: z.number().default(0),
});

/** Options of `policyLoss`, as validated. The coefficient of the KL term may change from step to step. */
export type PolicyLossOptions = Omit<z.infer<typeof policyLossOptions>, 'klCoefficient'> & {
  readonly klCoefficient: Count;
};

/**
 * The clipped policy loss (PPO, arXiv:1707.06347; clip-higher, arXiv:2503.14476; sequence ratios, arXiv:2507.18071)
 * plus `klCoefficient · KL(policy ‖ reference)` minus `entropyCoefficient · H`, all aggregated alike.
 *
 * Without `oldLogProbs` the batch is on-policy by definition: the ratio is `exp(logProbs − sg[logProbs])`, 1 in
 * value with the policy gradient as its gradient. `importanceWeights` multiply the clipped loss of each token, not the KL
 * and the entropy.
 */
export function policyLoss(inputs: LossInputs, options: PolicyLossOptions): LossOutputs {
  const { logProbs, mask, advantages, referenceLogProbs, counts } = inputs;
  if (advantages === undefined) throw new RlloomError('unexpected', { what: 'the policy loss needs advantages' });
  const aggregation = {
    mode: options.aggregation,
    tokenCount: counts.tokenCount,
    sequenceCount: counts.sequenceCount,
    ...(options.aggregationScale !== null && { scaleFactor: options.aggregationScale }),
  };
  const clipped = clippedPolicyLoss(
    {
      logProbs,
      mask,
      advantages,
      ...(inputs.oldLogProbs && { oldLogProbs: inputs.oldLogProbs }),
      ...(inputs.importanceWeights && { importanceWeights: inputs.importanceWeights }),
    },
    {
      clipRatioLow: options.clipRatioLow,
      clipRatioHigh: options.clipRatioHigh,
      clipRatioC: options.clipRatioC,
      ratioLevel: options.ratioLevel,
      aggregation,
    },
  );
  const tokenMean = { mode: 'token-mean', tokenCount: counts.tokenCount } as const;
  const metrics: Record<string, tf.Scalar> = {
    clip_fraction: clipped.metrics.clipFraction,
    clip_fraction_low: clipped.metrics.clipLowFraction,
    clip_fraction_high: clipped.metrics.clipHighFraction,
    approximate_kl: clipped.metrics.approximateKl,
    policy_loss: clipped.loss,
    entropy: aggregateLoss(inputs.entropies, mask, tokenMean),
  };
  let loss = clipped.loss;
  if (referenceLogProbs !== undefined) {
    const kl = klEstimate(logProbs, referenceLogProbs, { estimator: options.klEstimator });
    metrics['reference_kl'] = aggregateLoss(kl, mask, tokenMean);
    loss = tf.add(loss, tf.mul(options.klCoefficient, aggregateLoss(kl, mask, aggregation)));
  }
  if (options.entropyCoefficient !== 0) {
    loss = tf.sub(loss, tf.mul(options.entropyCoefficient, aggregateLoss(inputs.entropies, mask, aggregation)));
  }
  return { loss, metrics };
}
