export { type AppliedRejection, applyRejection, type ApplyRejectionInputs } from './apply-rejection.ts';
export { type CorrectionPreset, type CorrectionPresetName, correctionPresets } from './correction-presets.ts';
export { type ImportanceWeightMetrics, importanceWeightMetrics } from './importance-weight-metrics.ts';
export { type ImportanceWeightOptions, importanceWeights } from './importance-weights.ts';
export { type InterpolatedProximalInputs, interpolatedProximalLogProbs } from './interpolated-proximal-log-probs.ts';
export type { WeightLevel } from './levels.ts';
export type { LogRatioOptions, MismatchInputs } from './log-ratios.ts';
export { type OffPolicyMetrics, offPolicyMetrics } from './off-policy-metrics.ts';
export { type OffPolicySequenceInputs, offPolicySequenceMask } from './off-policy-sequence-mask.ts';
export { rejectionMask } from './rejection-mask.ts';
export { type RejectionMetrics, type RejectionRuleMetrics, rejectionMetrics } from './rejection-metrics.ts';
export {
  parseRejectionRules,
  type RejectionRule,
  type RejectionScope,
  type RejectionStatistic,
} from './rejection-rules.ts';
export { type RolloutCapacityOptions, type RolloutCounts, rolloutCapacity } from './rollout-capacity.ts';
export { type SecondMomentInputs, secondMomentMask } from './second-moment-mask.ts';
export type { EmptySequenceOptions, SequenceSummary } from './sequence-summary.ts';
