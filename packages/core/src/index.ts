export { type BatchScaledOptions, batchScaledAdvantages } from './advantages/batch-scaled-advantages.ts';
export { broadcastOverTokens } from './advantages/broadcast-over-tokens.ts';
export { type GreedyBaselineInputs, greedyBaselineAdvantages } from './advantages/greedy-baseline-advantages.ts';
export {
  type GroupPolicyGradientOptions,
  groupPolicyGradientAdvantages,
} from './advantages/group-policy-gradient-advantages.ts';
export { type GroupRelativeOptions, groupRelativeAdvantages } from './advantages/group-relative-advantages.ts';
export { type LeaveOneOutOptions, leaveOneOutAdvantages } from './advantages/leave-one-out-advantages.ts';
export {
  type LengthWeightedOptions,
  lengthWeightedAdvantages,
  type RewardedLength,
} from './advantages/length-weighted-advantages.ts';
export { type PassAtKOptions, passAtKAdvantages } from './advantages/pass-at-k-advantages.ts';
export { perGroup } from './advantages/per-group.ts';
export { sequenceRewards } from './advantages/sequence-rewards.ts';
export {
  type AdaptiveKlController,
  createKlController,
  type FixedKlController,
  type KlController,
  type KlMeasurement,
  updateKlController,
} from './kl/kl-controller.ts';
export { type KlEstimateOptions, type KlEstimator, klEstimate } from './kl/kl-estimate.ts';
export { type KlShapedRewardsInputs, klShapedRewards } from './kl/kl-shaped-rewards.ts';
export { type AggregationMode, type AggregationOptions, aggregateLoss, type Count } from './losses/aggregate-loss.ts';
export {
  clippedPolicyLoss,
  type PolicyLossInputs,
  type PolicyLossMetrics,
  type PolicyLossOptions,
} from './losses/clipped-policy-loss.ts';
export { clippedValueLoss, type ValueLossInputs, type ValueLossOptions } from './losses/clipped-value-loss.ts';
export { entropyFromLogits } from './losses/entropy-from-logits.ts';
export { type ImportanceRatioInputs, type ImportanceRatioOptions, importanceRatio } from './losses/importance-ratio.ts';
export { type LogitsOptions, logProbsFromLogits } from './losses/log-probs-from-logits.ts';
export { smoothedCrossEntropy } from './losses/smoothed-cross-entropy.ts';
export { squaredProbabilitySum } from './losses/squared-probability-sum.ts';
export { type SupervisedLossOptions, supervisedLoss } from './losses/supervised-loss.ts';
export { maskedMean, maskedSum } from './masking/masked-mean.ts';
export { type MaskedVarianceOptions, maskedVariance } from './masking/masked-variance.ts';
export { type MaskedWhitenOptions, maskedWhiten } from './masking/masked-whiten.ts';
export type { TokenRows } from './masking/token-rows.ts';
export {
  type ConstantSchedule,
  type CosineSchedule,
  type CosineWithRestartsSchedule,
  type InverseSquareRootSchedule,
  type LearningRateSchedule,
  learningRateAt,
  type LinearSchedule,
  type PolynomialSchedule,
  type ScheduleBase,
  type WarmupStableDecaySchedule,
} from './schedules/learning-rate.ts';
export type { Decay } from './schedules/warmup-stable-decay.ts';
export { ShapeError } from './shape-error.ts';
export { stopGradient } from './tensors/stop-gradient.ts';
