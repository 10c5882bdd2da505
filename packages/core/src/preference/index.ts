export { type AotOptions, aotLoss, aotUnpairedLoss } from './aot-losses.ts';
export { type ChosenLikelihoodOptions, chosenLikelihoodLoss } from './chosen-likelihood-loss.ts';
export { type DiscopopOptions, discopopLoss } from './discopop-loss.ts';
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
export { type HingePairOptions, hingePairLoss } from './hinge-pair-loss.ts';
export { type IpoOptions, ipoLoss } from './ipo-loss.ts';
export { type KtoPairOptions, ktoPairLoss } from './kto-pair-loss.ts';
export type { LabelSmoothingOptions } from './label-smoothing.ts';
export type {
  PairCounts,
  PairInputs,
  PairLoss,
  PairLossResult,
  PairMetrics,
  PairTerms,
  PolicyPairs,
} from './pair-loss.ts';
export { type PairLogProbsOptions, type PairTokens, pairLogProbs } from './pair-log-probs.ts';
export {
  apoDownLoss,
  apoZeroLoss,
  bcoPairLoss,
  ncaPairLoss,
  sppoHardLoss,
} from './pointwise-pair-losses.ts';
export { sequenceLogProbs } from './sequence-log-probs.ts';
export { type WeighedCompletions, wpoPairWeights } from './wpo-pair-weights.ts';
