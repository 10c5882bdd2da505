export { type BatchScaledOptions, batchScaledAdvantages } from './batch-scaled-advantages.ts';
export { broadcastOverTokens } from './broadcast-over-tokens.ts';
export { type ClampedGroupOptions, clampedGroupAdvantages } from './clamped-group-advantages.ts';
export { type DistillationAdvantageInputs, distillationAdvantages } from './distillation-advantages.ts';
export {
  type GeneralizedInputs,
  type GeneralizedOptions,
  generalizedAdvantages,
  lengthAdaptiveLambda,
} from './generalized-advantages.ts';
export { type GreedyBaselineInputs, greedyBaselineAdvantages } from './greedy-baseline-advantages.ts';
export {
  type AnchoredStep,
  type AnchoredTrajectory,
  type GroupInGroupAdvantages,
  type GroupInGroupOptions,
  groupInGroupAdvantages,
} from './group-in-group-advantages.ts';
export {
  type GroupPolicyGradientOptions,
  groupPolicyGradientAdvantages,
} from './group-policy-gradient-advantages.ts';
export { drGrpoAdvantages, type GroupRelativeOptions, groupRelativeAdvantages } from './group-relative-advantages.ts';
export { type AgentTrajectory, hierarchicalAdvantages } from './hierarchical-advantages.ts';
export {
  type ImplicitProcessRewardInputs,
  type ImplicitProcessRewardOptions,
  implicitProcessRewards,
} from './implicit-process-rewards.ts';
export { type LeaveOneOutOptions, leaveOneOutAdvantages } from './leave-one-out-advantages.ts';
export {
  type LeaveOneOutMoments,
  type LeaveOneOutNormalizedOptions,
  leaveOneOutMoments,
  leaveOneOutNormalizedAdvantages,
} from './leave-one-out-normalized-advantages.ts';
export {
  type LengthWeightedOptions,
  lengthWeightedAdvantages,
  type RewardedLength,
} from './length-weighted-advantages.ts';
export { type MajorityVote, type MajorityVoteOptions, majorityVoteRewards } from './majority-vote-rewards.ts';
export { type MeanNormalizedOptions, meanNormalizedAdvantages } from './mean-normalized-advantages.ts';
export { type MixedGroupOptions, mixedGroupAdvantages } from './mixed-group-advantages.ts';
export {
  type OptimalTokenBaselineInputs,
  type OptimalTokenBaselineOptions,
  optimalTokenBaselineAdvantages,
} from './optimal-token-baseline-advantages.ts';
export { type PassAtKOptions, passAtKAdvantages } from './pass-at-k-advantages.ts';
export { perGroup } from './per-group.ts';
export { bestSamples, positiveRewardAdvantages } from './positive-reward-advantages.ts';
export {
  type ProcessRewardInputs,
  type ProcessRewardOptions,
  processRewardAdvantages,
} from './process-reward-advantages.ts';
export {
  type DiscountedReturnsInputs,
  type DiscountedReturnsOptions,
  discountedReturns,
  type ReinforcePlusPlusBaselineInputs,
  type ReinforcePlusPlusBaselineOptions,
  type ReinforcePlusPlusOptions,
  reinforcePlusPlusAdvantages,
  reinforcePlusPlusBaselineAdvantages,
} from './reinforce-plus-plus-advantages.ts';
export {
  type AgentBaselines,
  type RewardedAgent,
  type RoleConditionedOptions,
  roleConditionedAdvantages,
} from './role-conditioned-advantages.ts';
export {
  type SegmentReturnsInputs,
  type SegmentReturnsOptions,
  segmentMeans,
  segmentReturns,
} from './segment-returns.ts';
export { sequenceRewards } from './sequence-rewards.ts';
export { stepReturns } from './step-returns.ts';
export { type TurnLevelInputs, type TurnLevelOptions, turnLevelAdvantages } from './turn-level-advantages.ts';
export {
  type JointReturnBaseline,
  jointReturnAdvantages,
  type TurnNode,
  type TurnReturns,
  turnTreeReturns,
} from './turn-tree-returns.ts';
export { type WhitenOptions, whitenOverTokens } from './whiten-over-tokens.ts';
