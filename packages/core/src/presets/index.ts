export { diffPresets, type PresetDifference } from './diff-presets.ts';
export type { Preset } from './preset.ts';
export { type PresetName, presets } from './presets.ts';
