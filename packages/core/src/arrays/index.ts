// The half of core that works on plain arrays: nothing here reaches @rlloom/tensor, so it runs in a browser without
// tfjs. tools/browser bundles this file, looks at every module in it and runs the examples in Chromium.
export * from '../advantages/index.ts';
export * from '../corrections/index.ts';
export { checkKlPlacement, type KlPlacement } from '../kl/check-kl-placement.ts';
export {
  type AdaptiveKlController,
  createKlController,
  type FixedKlController,
  type KlController,
  type KlMeasurement,
  type TargetKlController,
  updateKlController,
} from '../kl/kl-controller.ts';
export { type KlClampPreset, type KlClamps, klClampPresets } from '../kl/kl-presets.ts';
export { type KlShapedRewardsInputs, klShapedRewards } from '../kl/kl-shaped-rewards.ts';
export type { TokenRows } from '../masking/token-rows.ts';
export * from '../presets/index.ts';
export * from '../schedules/index.ts';
export * from '../shaping/index.ts';
export { ShapeError } from '../shape-error.ts';
