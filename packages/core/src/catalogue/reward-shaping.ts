// What is done to rewards before they become advantages, and to the choice of samples, by name.
export { clipRewards as clip } from '../shaping/clip-rewards.ts';
export { constrainedRewards as constraints } from '../shaping/constrained-rewards.ts';
export { cosineLengthReward as cosine_length } from '../shaping/cosine-length-reward.ts';
export { filterGroups as dynamic_sampling } from '../shaping/filter-groups.ts';
export { lengthPenalizedRewards as length_penalty } from '../shaping/length-penalized-rewards.ts';
export { normalizeThenSum as gdpo } from '../shaping/normalize-then-sum.ts';
export { normalizeRewards as normalize } from '../shaping/normalize-rewards.ts';
export { overlongPenalty as overlong } from '../shaping/overlong-penalty.ts';
export { paretoRanks as pareto } from '../shaping/pareto-ranks.ts';
export { repetitionPenalty as repetition } from '../shaping/repetition-penalty.ts';
export { resampleIndices as pf_ppo } from '../shaping/resample-by-reward.ts';
export { rescaleRewards as rescale } from '../shaping/rescale-rewards.ts';
export { difficultyWeights as difficulty_weights, lengthWeights as length_weights } from '../shaping/sample-weights.ts';
export { stopProperly as stop_properly } from '../shaping/stop-properly.ts';
export { sumObjectives as weighted_sum } from '../shaping/sum-objectives.ts';
