export {
  type AdaptiveKlController,
  createKlController,
  type FixedKlController,
  type KlController,
  type KlMeasurement,
  updateKlController,
} from './kl-controller.ts';
export { type KlEstimateOptions, type KlEstimator, klEstimate } from './kl-estimate.ts';
export { type KlShapedRewardsInputs, klShapedRewards } from './kl-shaped-rewards.ts';
