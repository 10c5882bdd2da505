import { klClampPresets } from '../kl/kl-presets.ts';
import type { Preset } from './preset.ts';

const open = { inputClamp: null, outputClamp: null } as const;

/** verl: `core_algos.py` and the defaults of its configuration. */
const asVerl: Preset = {
  groupEstimator: 'grpo',
  groupRelative: { normalizeByStd: true, epsilon: 1e-6, deviationFloor: 0, ddof: 1, singleton: 'reward' },
  leaveOneOut: { singleton: 'reward' },
  gae: { gamma: 1, lambda: 1, gaps: 'carry' },
  whiten: { ddof: 1, epsilon: 1e-8 },
  whitenCriticAdvantages: true,
  clippedPolicy: {
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioC: 3,
    delta: null,
    ratioLevel: 'token',
    logRatioClamp: 20,
  },
  cispo: { clipRatioLow: 0.2, clipRatioHigh: 0.2 },
  aggregation: 'token-mean',
  klEstimate: { estimator: 'k3', ...(klClampPresets.verl.k3 ?? open) },
  kl: { placement: 'none', coefficient: 0.001 },
  value: { clipRange: 0.5, huberDelta: null, scale: 0.5 },
  ipo: null,
  overlong: 'linear',
};

/** TRL: `GRPOTrainer`, `RLOOTrainer`, `PPOTrainer` and `DPOTrainer`. */
const asTrl: Preset = {
  groupEstimator: 'grpo',
  groupRelative: { normalizeByStd: true, epsilon: 1e-4, deviationFloor: 0, ddof: 1, singleton: 'zero' },
  leaveOneOut: { singleton: 'zero' },
  gae: { gamma: 1, lambda: 0.95, gaps: 'zero' },
  whiten: { ddof: 1, epsilon: 1e-8 },
  whitenCriticAdvantages: true,
  clippedPolicy: {
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioC: null,
    delta: null,
    ratioLevel: 'token',
    logRatioClamp: null,
  },
  // Its epsilon_high of 5 is the bound itself.
  cispo: { clipRatioLow: null, clipRatioHigh: 4 },
  aggregation: 'token-mean',
  klEstimate: { estimator: 'k3', ...(klClampPresets.trl.k3 ?? open) },
  kl: { placement: 'none', coefficient: 0 },
  value: { clipRange: 0.2, huberDelta: null, scale: 0.5 },
  ipo: 'average',
  overlong: 'flat',
};

/** OpenRLHF: `loss.py`, `experience_maker.py` and its flags. */
const asOpenrlhf: Preset = {
  groupEstimator: 'grpo',
  groupRelative: { normalizeByStd: true, epsilon: 1e-9, deviationFloor: 0, ddof: 1, singleton: 'zero' },
  leaveOneOut: { singleton: 'zero' },
  gae: { gamma: 1, lambda: 1, gaps: 'zero' },
  whiten: { ddof: 0, epsilon: 1e-8 },
  whitenCriticAdvantages: true,
  clippedPolicy: {
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioC: null,
    delta: null,
    ratioLevel: 'token',
    logRatioClamp: 20,
  },
  cispo: null,
  aggregation: 'token-mean',
  klEstimate: { estimator: 'k1', ...(klClampPresets.openrlhf.k1 ?? open) },
  kl: { placement: 'reward', coefficient: 0.01 },
  value: { clipRange: 0.5, huberDelta: null, scale: 0.5 },
  ipo: 'sum',
  overlong: 'flat',
};

/** ROLL: `functionals.py`, its actor workers and configuration. Its dual clip, off by default, is at 1 + 2·pg_clip. */
const asRoll: Preset = {
  groupEstimator: 'grpo',
  groupRelative: { normalizeByStd: true, epsilon: 1e-6, deviationFloor: 0, ddof: 1, singleton: 'zero' },
  leaveOneOut: { singleton: 'zero' },
  gae: { gamma: 1, lambda: 0.95, gaps: 'zero' },
  whiten: { ddof: 1, epsilon: 1e-8 },
  whitenCriticAdvantages: false,
  clippedPolicy: {
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioC: null,
    delta: null,
    ratioLevel: 'token',
    logRatioClamp: null,
  },
  cispo: { clipRatioLow: 0.1, clipRatioHigh: 0.1 },
  aggregation: 'sequence-mean-token-mean',
  klEstimate: { estimator: 'k3', ...(klClampPresets.roll.k3 ?? open) },
  kl: { placement: 'none', coefficient: 0 },
  value: { clipRange: null, huberDelta: null, scale: 0.5 },
  ipo: 'sum',
  overlong: null,
};

/** AReaL: `actor.py`, `functional.py`, `NormConfig` set to groups, and its arguments. */
const asAreal: Preset = {
  groupEstimator: 'grpo',
  groupRelative: { normalizeByStd: true, epsilon: 1e-5, deviationFloor: 0, ddof: 1, singleton: 'zero' },
  leaveOneOut: { singleton: 'zero' },
  gae: { gamma: 1, lambda: 1, gaps: 'carry' },
  whiten: { ddof: 1, epsilon: 1e-5 },
  whitenCriticAdvantages: false,
  clippedPolicy: {
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioC: null,
    delta: null,
    ratioLevel: 'token',
    logRatioClamp: null,
  },
  cispo: { clipRatioLow: 0.2, clipRatioHigh: 0.2 },
  aggregation: 'token-mean',
  klEstimate: { estimator: 'k1', ...open },
  kl: { placement: 'reward', coefficient: 0.1 },
  value: { clipRange: 0.2, huberDelta: null, scale: 0.5 },
  ipo: 'average',
  overlong: 'linear',
};

/** slime: `ppo_utils.py`, its Megatron losses and arguments. */
const asSlime: Preset = {
  groupEstimator: 'grpo',
  groupRelative: { normalizeByStd: true, epsilon: 1e-6, deviationFloor: 0, ddof: 1, singleton: 'zero' },
  leaveOneOut: { singleton: 'zero' },
  gae: { gamma: 1, lambda: 1, gaps: 'zero' },
  whiten: { ddof: 1, epsilon: 1e-8 },
  whitenCriticAdvantages: false,
  clippedPolicy: {
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioC: null,
    delta: null,
    ratioLevel: 'token',
    logRatioClamp: null,
  },
  cispo: { clipRatioLow: 0.2, clipRatioHigh: 0.2 },
  aggregation: 'sequence-mean-token-mean',
  klEstimate: { estimator: 'k1', ...(klClampPresets.slime.k1 ?? open) },
  kl: { placement: 'none', coefficient: 0 },
  value: { clipRange: 0.2, huberDelta: null, scale: 1 },
  ipo: null,
  overlong: null,
};

/** NeMo-RL: `loss_functions.py`, `advantage_estimator.py` and its example configuration for GRPO. */
const asNemoRl: Preset = {
  groupEstimator: 'grpo_leave_one_out',
  groupRelative: { normalizeByStd: true, epsilon: 1e-6, deviationFloor: 0, ddof: 1, singleton: 'zero' },
  leaveOneOut: { singleton: 'zero' },
  gae: { gamma: 1, lambda: 1, gaps: 'carry' },
  whiten: { ddof: 0, epsilon: 1e-8 },
  whitenCriticAdvantages: true,
  clippedPolicy: {
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioC: null,
    delta: null,
    ratioLevel: 'token',
    logRatioClamp: null,
  },
  cispo: { clipRatioLow: 0.2, clipRatioHigh: 0.2 },
  aggregation: 'token-mean',
  klEstimate: { estimator: 'k3', ...(klClampPresets.nemoRl.k3 ?? open) },
  kl: { placement: 'loss', coefficient: 0.01 },
  value: { clipRange: 0.2, huberDelta: null, scale: 0.5 },
  ipo: null,
  overlong: 'linear',
};

/** The name of a preset. */
export type PresetName = 'as-verl' | 'as-trl' | 'as-openrlhf' | 'as-roll' | 'as-areal' | 'as-slime' | 'as-nemo-rl';

/**
 * What each library computes under the common names, as read from its source in 2026: pass the parts to the functions
 * they are named for, and compare two with `diffPresets`.
 *
 * @example
 * ```ts
 * groupRelativeAdvantages([2], presets['as-verl'].groupRelative)[0]?.toFixed(3); // => '2.000'
 * groupRelativeAdvantages([2], presets['as-trl'].groupRelative); // => [0]
 * ```
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  'as-verl': asVerl,
  'as-trl': asTrl,
  'as-openrlhf': asOpenrlhf,
  'as-roll': asRoll,
  'as-areal': asAreal,
  'as-slime': asSlime,
  'as-nemo-rl': asNemoRl,
};
