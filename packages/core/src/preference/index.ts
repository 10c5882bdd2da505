export { type AotOptions, aotLoss, aotUnpairedLoss } from './aot-losses.ts';
export { type BcoOptions, bcoLoss } from './bco-loss.ts';
export { type ChosenLikelihoodOptions, chosenLikelihoodLoss } from './chosen-likelihood-loss.ts';
export { alphapoLoss, type CpoOptions, cpoLoss, type SimpoOptions, simpoLoss } from './cpo-losses.ts';
export { type DiscopopOptions, discopopLoss } from './discopop-loss.ts';
export { type DistillationInputs, type DistillationOptions, distillationLoss } from './distillation-loss.ts';
export {
  type DpoLossName,
  type DpoOptions,
  dpoLoss,
  type MixedDpoOptions,
  type MixedDpoTerm,
  mixedDpoLoss,
} from './dpo-loss.ts';
export type { BetaOptions } from './dpo-pair-loss.ts';
export {
  type ConservativePairOptions,
  conservativePairLoss,
  type RobustPairOptions,
  robustPairLoss,
  type SigmoidNormPairOptions,
  type SigmoidPairOptions,
  sigmoidNormPairLoss,
  sigmoidPairLoss,
} from './dpo-sigmoid-losses.ts';
export { type ExoPairOptions, exoPairLoss } from './exo-pair-loss.ts';
export { type DivergenceName, type DivergenceOptions, divergenceScores } from './f-divergence.ts';
export { type GeneralizedJsdOptions, generalizedJsd } from './generalized-jsd.ts';
export { type HingePairOptions, hingePairLoss } from './hinge-pair-loss.ts';
export { type IpoOptions, ipoLoss } from './ipo-loss.ts';
export {
  apoZeroUnpairedLoss,
  type KtoOptions,
  ktoLoss,
  ktoReferencePoint,
  type MismatchedInputs,
} from './kto-loss.ts';
export { type KtoPairOptions, ktoPairLoss } from './kto-pair-loss.ts';
export type { LabelSmoothingOptions } from './label-smoothing.ts';
export { mismatchCompletions } from './mismatch-completions.ts';
export { geometricMixtureLogProbs, type NashMdInputs, type NashMdOptions, nashMdLoss } from './nash-md-loss.ts';
export type { NllTerm } from './nll-term.ts';
export { type OnlinePair, type OnlinePairOptions, onlinePairs } from './online-pairs.ts';
export { type OrpoMetrics, type OrpoOptions, type OrpoResult, orpoLoss } from './orpo-loss.ts';
export { type PairLogProbsOptions, type PairTokens, pairLogProbs } from './pair-log-probs.ts';
export type {
  PairCounts,
  PairInputs,
  PairLoss,
  PairLossResult,
  PairMetrics,
  PairTerms,
  PolicyPairs,
} from './pair-loss.ts';
export {
  apoDownLoss,
  apoZeroLoss,
  bcoPairLoss,
  ncaPairLoss,
  sppoHardLoss,
} from './pointwise-pair-losses.ts';
export {
  type RewardModelMetrics,
  type RewardModelOptions,
  type RewardPairs,
  rewardModelLoss,
} from './reward-model-loss.ts';
export type { SampleInputs, SampleLoss, SampleLossResult, SampleMetrics, SampleOptions } from './sample-loss.ts';
export { sequenceLogProbs } from './sequence-log-probs.ts';
export { type WeighedCompletions, wpoPairWeights } from './wpo-pair-weights.ts';
export { type XpoInputs, type XpoOptions, xpoLoss } from './xpo-loss.ts';
