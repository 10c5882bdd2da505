export { type AggregationMode, type AggregationOptions, aggregateLoss, type Count } from './aggregate-loss.ts';
export {
  clippedPolicyLoss,
  type PolicyLossInputs,
  type PolicyLossMetrics,
  type PolicyLossOptions,
} from './clipped-policy-loss.ts';
export { clippedValueLoss, type ValueLossInputs, type ValueLossOptions } from './clipped-value-loss.ts';
export { entropyFromLogits } from './entropy-from-logits.ts';
export { type ImportanceRatioInputs, type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
export { type LogitsOptions, logProbsFromLogits } from './log-probs-from-logits.ts';
export { smoothedCrossEntropy } from './smoothed-cross-entropy.ts';
export { squaredProbabilitySum } from './squared-probability-sum.ts';
export { type SupervisedLossOptions, supervisedLoss } from './supervised-loss.ts';
