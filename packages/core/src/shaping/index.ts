export { clipAdvantages } from './clip-advantages.ts';
export { clipRewards } from './clip-rewards.ts';
export {
  type CosineLengthOptions,
  cosineLengthReward,
  type LengthRange,
} from './cosine-length-reward.ts';
export {
  type CountPenalty,
  type LengthPenalizedOptions,
  lengthPenalizedRewards,
} from './length-penalized-rewards.ts';
export { type OverlongPenaltyOptions, overlongPenalty } from './overlong-penalty.ts';
export { type RepetitionPenaltyOptions, repetitionPenalty } from './repetition-penalty.ts';
export { type StopProperlyRule, stopProperly } from './stop-properly.ts';
export { type NormalizationLevel, type NormalizeRewardsOptions, normalizeRewards } from './normalize-rewards.ts';
export { type RescaleOptions, rescaleRewards } from './rescale-rewards.ts';
export {
  mergeRunningMoments,
  type RunningMoments,
  runningDeviation,
  updateRunningMoments,
} from './running-moments.ts';
export type { ValueBounds } from './value-bounds.ts';
