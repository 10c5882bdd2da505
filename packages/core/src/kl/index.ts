export { checkKlPlacement, type KlPlacement } from './check-kl-placement.ts';
export {
  type AdaptiveKlController,
  createKlController,
  type FixedKlController,
  type KlController,
  type KlMeasurement,
  type TargetKlController,
  updateKlController,
} from './kl-controller.ts';
export { type KlEstimateOptions, type KlEstimator, klEstimate } from './kl-estimate.ts';
export { type KlFromLogitsOptions, klFromLogits } from './kl-from-logits.ts';
export { type KlClampPreset, type KlClamps, klClampPresets } from './kl-presets.ts';
export { type KlShapedRewardsInputs, klShapedRewards } from './kl-shaped-rewards.ts';
export { type UnbiasedKlInputs, type UnbiasedKlOptions, unbiasedKlEstimate } from './unbiased-kl-estimate.ts';
