export { type AggregationMode, type AggregationOptions, aggregateLoss, type Count } from './aggregate-loss.ts';
export { type CispoOptions, cispoLoss } from './cispo-loss.ts';
export { type ClippedPolicyLossOptions, type ClipRule, clippedPolicyLoss } from './clipped-policy-loss.ts';
export { clippedValueLoss, type ValueLossInputs, type ValueLossOptions } from './clipped-value-loss.ts';
export {
  type ClipCovInputs,
  type ClipCovOptions,
  type CovarianceInputs,
  clipCovLoss,
  type KlCovOptions,
  klCovLoss,
} from './covariance-losses.ts';
export {
  type ClipCovSelectionOptions,
  type SelectionInputs,
  selectClipCovTokens,
  selectKlCovTokens,
  tokenCovariance,
} from './covariance-selection.ts';
export { type DecoupledInputs, type DecoupledOptions, decoupledLoss } from './decoupled-loss.ts';
export {
  binaryKlLoss,
  type DivergenceMaskedOptions,
  type DivergenceRule,
  type PenalizedRatioOptions,
  penalizedRatioLoss,
  totalVariationLoss,
} from './divergence-masked-losses.ts';
export { entropyFromLogits } from './entropy-from-logits.ts';
export { type GmpoOptions, gmpoLoss } from './gmpo-loss.ts';
export { type GspoOptions, gspoLoss, gspoTokenLoss, luspoLoss } from './gspo-loss.ts';
export { highEntropyMask } from './high-entropy-mask.ts';
export {
  type ImplicitRewardLossInputs,
  type ImplicitRewardLossOptions,
  implicitRewardLoss,
} from './implicit-reward-loss.ts';
export {
  type ImportanceRatioInputs,
  type ImportanceRatioOptions,
  importanceRatio,
  type RatioLevel,
} from './importance-ratio.ts';
export { logProbsAndEntropiesFromLogits } from './log-probs-and-entropies-from-logits.ts';
export { logProbsFromLogits } from './log-probs-from-logits.ts';
export type { LogitsOptions } from './map-logit-rows.ts';
export {
  type Aggregated,
  type PolicyLoss,
  type PolicyLossInputs,
  type PolicyLossMetrics,
  policyLoss,
  type TokenInputs,
  type TokenLosses,
} from './policy-loss.ts';
export { type PositiveLikelihoodInputs, positiveLikelihoodLoss } from './positive-likelihood-loss.ts';
export {
  type DirectRewardOptions,
  directRewardLoss,
  type KimiOptions,
  kimiLoss,
} from './quadratic-penalty-losses.ts';
export { reinforceLoss } from './reinforce-loss.ts';
export { type SapoOptions, sapoLoss } from './sapo-loss.ts';
export {
  type FlowInputs,
  type FlowOptions,
  flowLoss,
  type GvpoInputs,
  type GvpoOptions,
  gvpoLoss,
  type SelfPlayOptions,
  selfPlayLoss,
} from './sequence-regression-losses.ts';
export { smoothedCrossEntropy } from './smoothed-cross-entropy.ts';
export { squaredProbabilitySum } from './squared-probability-sum.ts';
export { type SupervisedLossOptions, supervisedLoss } from './supervised-loss.ts';
export {
  type TaperedInputs,
  type TaperedOptions,
  taperedOffPolicyLoss,
  type TruncatedImportanceOptions,
  truncatedImportanceLoss,
} from './truncated-importance-loss.ts';
export { type VespoInputs, type VespoOptions, vespoLoss } from './vespo-loss.ts';
