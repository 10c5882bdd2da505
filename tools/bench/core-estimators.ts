import {
  applyRejection,
  broadcastOverTokens,
  clipAdvantages,
  discountedReturns,
  distillationAdvantages,
  generalizedAdvantages,
  greedyBaselineAdvantages,
  groupRelativeAdvantages,
  implicitProcessRewards,
  importanceWeightMetrics,
  importanceWeights,
  interpolatedProximalLogProbs,
  klShapedRewards,
  leaveOneOutAdvantages,
  normalizeThenSumOverTokens,
  offPolicyMetrics,
  offPolicySequenceMask,
  optimalTokenBaselineAdvantages,
  perGroup,
  processRewardAdvantages,
  rejectionMask,
  rejectionMetrics,
  reinforcePlusPlusAdvantages,
  reinforcePlusPlusBaselineAdvantages,
  secondMomentMask,
  segmentMeans,
  segmentReturns,
  sequenceRewards,
  turnLevelAdvantages,
  type TokenRows,
  whitenOverTokens,
} from '@rlloom/core/arrays';
import type { CoreBatch } from './core-batch.ts';

/** A function on the batch; its result is compared with that of the function of the same name in core-peer.py. */
export type CoreCase = (batch: CoreBatch) => TokenRows | readonly number[];

const mismatch = ({ trainerLogProbs, logProbs, mask }: CoreBatch) => ({
  trainerLogProbs,
  rolloutLogProbs: logProbs,
  mask,
});
const rejected = [{ statistic: 'k2', scope: 'token', upper: 0.004 }] as const;

/** What is timed, by name: one line per function that works on rows of tokens. */
export const coreCases: Readonly<Record<string, CoreCase>> = {
  'group-relative (GRPO)': ({ tokenRewards, groups, mask }) =>
    broadcastOverTokens(
      perGroup(sequenceRewards(tokenRewards), groups, (group) => groupRelativeAdvantages(group)),
      mask,
    ),
  'leave-one-out (RLOO)': ({ tokenRewards, groups, mask }) =>
    broadcastOverTokens(
      perGroup(sequenceRewards(tokenRewards), groups, (group) => leaveOneOutAdvantages(group)),
      mask,
    ),
  'normalize then sum (GDPO)': ({ rewards, greedyRewards, groups, mask }) =>
    normalizeThenSumOverTokens({ objectives: [{ rewards }, { rewards: greedyRewards, weight: 2 }], groups, mask }),
  'greedy baseline (ReMax)': (batch) => greedyBaselineAdvantages(batch).advantages,
  'generalized (GAE)': (batch) => generalizedAdvantages(batch, { gamma: 0.999, lambda: 0.95 }).advantages,
  'generalized by turns': (batch) => turnLevelAdvantages(batch, { gamma: 0.99, lambda: 0.95 }).advantages,
  'REINFORCE++': (batch) => reinforcePlusPlusAdvantages(batch, { gamma: 0.999 }).advantages,
  'REINFORCE++ baseline': (batch) => reinforcePlusPlusBaselineAdvantages(batch),
  'optimal token baseline': (batch) =>
    optimalTokenBaselineAdvantages({ ...batch, oldLogProbs: batch.logProbs }).advantages,
  'process rewards (PRIME)': (batch) =>
    processRewardAdvantages({ ...batch, outcomeRewards: batch.rewards }, { gamma: 1 }).advantages,
  'implicit process rewards': (batch) =>
    implicitProcessRewards({ ...batch, rewardModelLogProbs: batch.trainerLogProbs }),
  'distillation advantages': (batch) =>
    distillationAdvantages({ ...batch, teacherLogProbs: batch.referenceLogProbs, studentLogProbs: batch.logProbs }),
  'discounted returns': (batch) => discountedReturns(batch, { gamma: 0.999 }),
  'segment returns': (batch) => segmentReturns(batch, { gamma: 0.99 }),
  'segment means': ({ values, mask }) => segmentMeans(values, mask),
  'whiten over tokens': ({ values, mask }) => whitenOverTokens(values, mask),
  'clipped advantages': ({ values }) => clipAdvantages(values, 0.3),
  'KL-shaped rewards': (batch) => klShapedRewards({ ...batch, oldLogProbs: batch.logProbs }, 0.05),
  'importance weights, token': (batch) => importanceWeights(mismatch(batch), { upper: 1.05 }),
  'importance weights, geometric': (batch) => importanceWeights(mismatch(batch), { level: 'geometric', upper: 1.001 }),
  'importance weight metrics': (batch) => {
    const { mean, max, min, std, effectiveSampleSize, fractionAbove, sequences } = importanceWeightMetrics(
      mismatch(batch),
      { upper: 1.05 },
    );
    return [mean, max, min, std, effectiveSampleSize, fractionAbove, sequences.mean, sequences.std];
  },
  'rejection mask': (batch) => rejectionMask(mismatch(batch), rejected),
  'rejection metrics': (batch) => {
    const { rejectedTokens, rejectedSequences, rules } = rejectionMetrics(mismatch(batch), rejected);
    return [rejectedTokens, rejectedSequences, rules[0]?.mean ?? 0, rules[0]?.max ?? 0, rules[0]?.std ?? 0];
  },
  'apply rejection': (batch) =>
    applyRejection({ mask: batch.mask, keptMask: batch.turnIds, importanceWeights: batch.values }, 'kept')
      .importanceWeights,
  'second-moment mask (M2PO)': (batch) =>
    secondMomentMask({ ...batch, proximalLogProbs: batch.trainerLogProbs, behaviorLogProbs: batch.logProbs }, 0.003),
  'off-policy sequence mask': (batch) =>
    offPolicySequenceMask(
      {
        logProbs: batch.trainerLogProbs,
        oldLogProbs: batch.logProbs,
        advantages: batch.rewards.map((reward) => reward - 0.5),
        mask: batch.mask,
      },
      0.0005,
    ),
  'off-policy metrics': (batch) => {
    const metrics = offPolicyMetrics(mismatch(batch));
    const { trainerPerplexity, rolloutPerplexity, logPerplexityDifferenceSize, k1, k2, k3 } = metrics;
    const { chiSquaredTokens, chiSquaredSequences, effectiveSampleSize } = metrics;
    return [
      ...[trainerPerplexity, rolloutPerplexity, logPerplexityDifferenceSize, k1, k2, k3],
      ...[chiSquaredTokens, chiSquaredSequences, effectiveSampleSize],
    ];
  },
  'interpolated proximal log-probs': ({ trainerLogProbs, logProbs, versions }) =>
    interpolatedProximalLogProbs({ logProbs: trainerLogProbs, behaviorLogProbs: logProbs, versions }, 4),
};
