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
