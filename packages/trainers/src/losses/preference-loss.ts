import { type Count, dpoLoss, pairLogProbs } from '@rlloom/core';
import { RlloomError } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { z } from 'zod';
import type { LossInputs, LossOutputs } from './loss-inputs.ts';

const shared = {
  /** β, how strongly the policy is held to the reference. */
  beta: z.number().positive().default(0.1),
  /** α of LD-DPO (arXiv:2409.06411): the weight of tokens beyond the shorter completion of a pair. */
  lengthDesensitization: z.number().min(0).max(1).default(1),
  /** Weight of the negative log-likelihood per token of the chosen, added to the loss. */
  chosenLikelihoodWeight: z.number().min(0).default(0),
};
const ofDivergence = {
  ...shared,
  divergence: z.enum(['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence']).default('reverse_kl'),
  divergenceAlpha: z.number().default(0.5),
};

/** Options of the preference loss: its name as TRL has it, and what that loss knows. */
export const preferenceLossOptions = z.discriminatedUnion('loss', [
  z.strictObject({ loss: z.enum(['sigmoid', 'sigmoid_norm', 'hinge']), ...ofDivergence }),
  z.strictObject({ loss: z.literal('cdpo'), ...ofDivergence, labelSmoothing: z.number().min(0).lt(1).default(0) }),
  z.strictObject({ loss: z.literal('robust'), ...ofDivergence, labelSmoothing: z.number().min(0).lt(0.5).default(0) }),
  z.strictObject({
    loss: z.literal('exo_pair'),
    ...ofDivergence,
    labelSmoothing: z.number().gt(0).lt(1).default(1e-3),
  }),
  z.strictObject({ loss: z.literal('discopop'), ...ofDivergence, temperature: z.number().gt(0).max(1).default(0.05) }),
  z.strictObject({ loss: z.literal('ipo'), ...shared, logRatios: z.enum(['average', 'sum']).default('average') }),
  z.strictObject({ loss: z.enum(['nca_pair', 'bco_pair', 'sppo_hard', 'apo_zero', 'apo_down']), ...shared }),
]);

/** Options of `preferenceLoss`, as validated. */
export type PreferenceLossOptions = z.infer<typeof preferenceLossOptions>;

/**
 * A loss of pairs, DPO (arXiv:2305.18290) or another of `dpoLoss`, as a mean over the pairs of the whole batch. The
 * chosen and the rejected sequence of a pair stand side by side. It is a sum over pairs, so micro-batches add up;
 * losses that compare a pair with the rest of its batch (`aot`, `aot_unpaired`, `kto_pair`) are not among them.
 */
export function preferenceLoss(inputs: LossInputs, options: PreferenceLossOptions): LossOutputs {
  const { logProbs, mask, referenceLogProbs, counts } = inputs;
  if (counts.groupSize !== 2 || referenceLogProbs === undefined) {
    throw new RlloomError('unexpected', {
      what: `the preference loss needs pairs and their log-probs under the reference, given ${
        counts.groupSize === 2 ? 'no log-probs' : `groups of ${counts.groupSize}`
      }`,
      fix: 'make the batch with preferenceBatch, and give referenceLogProbs to every sequence',
    });
  }
  const { lengthDesensitization, chosenLikelihoodWeight, ...own } = options;
  const pairs = pairLogProbs(
    {
      chosenLogProbs: sideOf(logProbs, 0),
      chosenMask: sideOf(mask, 0),
      rejectedLogProbs: sideOf(logProbs, 1),
      rejectedMask: sideOf(mask, 1),
      referenceChosenLogProbs: sideOf(referenceLogProbs, 0),
      referenceRejectedLogProbs: sideOf(referenceLogProbs, 1),
    },
    { lengthDesensitization },
  );
  const result = dpoLoss(pairs, { ...own, pairCount: counts.groupCount });
  const { metrics } = result;
  const likelihood = tf.div<tf.Scalar>(
    tf.neg(tf.sum(pairs.chosenLikelihood)),
    atLeastOne(counts.placeTokenCounts[0] ?? 0),
  );
  return {
    loss: chosenLikelihoodWeight === 0 ? result.loss : tf.add(result.loss, tf.mul(likelihood, chosenLikelihoodWeight)),
    metrics: {
      preference_loss: result.loss,
      chosen_reward: metrics.chosenReward,
      rejected_reward: metrics.rejectedReward,
      reward_margin: metrics.rewardMargin,
      reward_accuracy: metrics.rewardAccuracy,
      chosen_log_prob: metrics.chosenLogProb,
      rejected_log_prob: metrics.rejectedLogProb,
      chosen_nll: likelihood,
    },
  };
}

function atLeastOne(count: Count): Count {
  return typeof count === 'number' ? Math.max(1, count) : tf.maximum(count, 1);
}

// The chosen (0) or rejected (1) rows of pairs that stand side by side: `[2·P,R] → [P,R]`.
function sideOf(values: tf.Tensor2D, side: 0 | 1): tf.Tensor2D {
  const [rows, width] = values.shape;
  const pairs = tf.reshape<tf.Rank.R3>(values, [rows / 2, 2, width]);
  return tf.reshape(tf.slice(pairs, [0, side, 0], [rows / 2, 1, width]), [rows / 2, width]);
}
