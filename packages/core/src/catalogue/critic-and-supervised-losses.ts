// Losses of critics, of reward models over tokens and of demonstrations, by name.
export { implicitRewardLoss as implicit_prm } from '../losses/implicit-reward-loss.ts';
export { smoothedCrossEntropy as label_smoothing } from '../losses/smoothed-cross-entropy.ts';
export { positiveLikelihoodLoss as positive_nll } from '../losses/positive-likelihood-loss.ts';
export { supervisedLoss as sft } from '../losses/supervised-loss.ts';
export { clippedValueLoss as value } from '../losses/clipped-value-loss.ts';
