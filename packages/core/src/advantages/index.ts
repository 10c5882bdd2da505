export { type BatchScaledOptions, batchScaledAdvantages } from './batch-scaled-advantages.ts';
export { broadcastOverTokens } from './broadcast-over-tokens.ts';
export { type GreedyBaselineInputs, greedyBaselineAdvantages } from './greedy-baseline-advantages.ts';
export {
  type GroupPolicyGradientOptions,
  groupPolicyGradientAdvantages,
} from './group-policy-gradient-advantages.ts';
export { type GroupRelativeOptions, groupRelativeAdvantages } from './group-relative-advantages.ts';
export { type LeaveOneOutOptions, leaveOneOutAdvantages } from './leave-one-out-advantages.ts';
export {
  type LengthWeightedOptions,
  lengthWeightedAdvantages,
  type RewardedLength,
} from './length-weighted-advantages.ts';
export { type PassAtKOptions, passAtKAdvantages } from './pass-at-k-advantages.ts';
export { perGroup } from './per-group.ts';
export { sequenceRewards } from './sequence-rewards.ts';
