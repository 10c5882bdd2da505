export { clipAdvantages } from './clip-advantages.ts';
export { clipRewards } from './clip-rewards.ts';
export {
  type ConstrainedRewardsInputs,
  type ConstrainedRewardsOptions,
  type ConstraintController,
  type ConstraintMeasures,
  constrainedRewards,
  createConstraintController,
  type RewardConstraint,
  updateConstraintController,
} from './constrained-rewards.ts';
export {
  type CosineLengthOptions,
  cosineLengthReward,
  type LengthRange,
} from './cosine-length-reward.ts';
export {
  type DropReason,
  type FilteredGroups,
  filterGroups,
  type GroupRule,
  type MeanRule,
  type MixedRule,
  type SpreadRule,
} from './filter-groups.ts';
export {
  type CountPenalty,
  type LengthPenalizedOptions,
  lengthPenalizedRewards,
} from './length-penalized-rewards.ts';
export { type NormalizationLevel, type NormalizeRewardsOptions, normalizeRewards } from './normalize-rewards.ts';
export {
  type NormalizeThenSumInputs,
  type NormalizeThenSumOptions,
  normalizeThenSum,
  normalizeThenSumOverTokens,
} from './normalize-then-sum.ts';
export type { Objective } from './objectives.ts';
export { type OverlongPenaltyOptions, overlongPenalty } from './overlong-penalty.ts';
export { paretoRanks } from './pareto-ranks.ts';
export { type RepetitionPenaltyOptions, repetitionPenalty } from './repetition-penalty.ts';
export { type ResamplingOptions, resampleIndices, resamplingWeights } from './resample-by-reward.ts';
export { type RescaleOptions, rescaleRewards } from './rescale-rewards.ts';
export {
  mergeRunningMoments,
  type RunningMoments,
  runningDeviation,
  updateRunningMoments,
} from './running-moments.ts';
export {
  combineWeights,
  type DifficultyWeightOptions,
  difficultyWeights,
  type LengthWeightOptions,
  lengthWeights,
} from './sample-weights.ts';
export { type StopProperlyRule, stopProperly } from './stop-properly.ts';
export { sumObjectives } from './sum-objectives.ts';
export type { ValueBounds } from './value-bounds.ts';
