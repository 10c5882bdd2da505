import type { ImportanceWeightOptions } from './importance-weights.ts';
import type { RejectionRule } from './rejection-rules.ts';

/** A rollout correction as plain data: what is passed to `importanceWeights` and `rejectionMask`, and to what loss. */
export interface CorrectionPreset {
  /**
   * `decoupled`: the trainer recomputes log-probs before the update, the correction is between these and the engine's,
   * and the loss is against these. `bypass`: the engine's stand for the old log-probs, and the correction is between
   * the policy now and the engine.
   */
  readonly mode: 'decoupled' | 'bypass';
  /** The loss: `ppo-clip`, in bypass mode without the weights, as its ratio is the weight; or `reinforce`. */
  readonly loss: 'ppo-clip' | 'reinforce';
  /** `null`: no weights. */
  readonly weights: ImportanceWeightOptions | null;
  readonly rejection: readonly RejectionRule[];
  /** Passed to `applyRejection`. */
  readonly denominator: 'kept' | 'original';
}

/** Names of `correctionPresets`: `library/name`. */
export type CorrectionPresetName =
  | 'verl/decoupled_token_is'
  | 'verl/decoupled_seq_is'
  | 'verl/decoupled_seq_is_rs'
  | 'verl/decoupled_geo_rs'
  | 'verl/decoupled_geo_rs_seq_tis'
  | 'verl/decoupled_geo_rs_token_tis'
  | 'verl/decoupled_k3_rs'
  | 'verl/decoupled_k3_rs_seq_tis'
  | 'verl/decoupled_k3_rs_token_tis'
  | 'verl/bypass_ppo_clip'
  | 'verl/bypass_ppo_clip_geo_rs'
  | 'verl/bypass_ppo_clip_k3_rs'
  | 'verl/bypass_pg_is'
  | 'verl/bypass_pg_geo_rs'
  | 'verl/bypass_pg_geo_rs_seq_tis'
  | 'verl/bypass_pg_geo_rs_token_tis'
  | 'verl/disabled'
  | 'trl/token_truncate'
  | 'trl/token_mask'
  | 'trl/sequence_truncate'
  | 'trl/sequence_mask'
  | 'openrlhf/tis'
  | 'openrlhf/icepop'
  | 'openrlhf/seq-mask-tis'
  | 'nemo-rl/tis'
  | 'nemo-rl/icepop'
  | 'nemo-rl/seq-mask-tis'
  | 'slime/tis'
  | 'slime/icepop'
  | 'roll/is_weight'
  | 'roll/ratio_filter'
  | 'roll/diff_filter'
  | 'areal/mask'
  | 'areal/clamp';

const tokenWeights = { level: 'token', upper: 2, outside: 'clamp' } as const;
const sequenceWeights = { level: 'sequence', upper: 2, outside: 'clamp' } as const;
const sequenceRatio = { statistic: 'k1', scope: 'sequence-sum', lower: Math.log(0.5), upper: Math.log(2) } as const;
const geometricRatio = {
  statistic: 'k1',
  scope: 'sequence-mean',
  lower: Math.log(0.999),
  upper: Math.log(1.001),
} as const;
const sequenceK3 = { statistic: 'k3', scope: 'sequence-mean', upper: 0.01 } as const;
const openRlhfBand = { level: 'token', lower: 0.5, upper: 5, logRatioClamp: null } as const;
const openBand = { logRatioClamp: null, missing: 'no-correction' } as const;

const decoupled = (weights: ImportanceWeightOptions | null, ...rejection: RejectionRule[]): CorrectionPreset => ({
  mode: 'decoupled',
  loss: 'ppo-clip',
  weights,
  rejection,
  denominator: 'kept',
});
const bypass = (loss: CorrectionPreset['loss'], ...rejection: RejectionRule[]): CorrectionPreset => ({
  mode: 'bypass',
  loss,
  weights: null,
  rejection,
  denominator: 'original',
});
const filtered = (weights: ImportanceWeightOptions, ...rejection: RejectionRule[]): CorrectionPreset => ({
  ...decoupled(weights, ...rejection),
  denominator: 'original',
});

/**
 * Rollout corrections by the names their libraries give them: verl's methods of `RolloutCorrectionConfig`, and the
 * modes of TRL, OpenRLHF, slime, NeMo-RL, ROLL and AReaL with their default bounds (those NeMo-RL recommends, as it
 * has none). Every entry is data, to be copied and changed.
 *
 * @example
 * ```ts
 * correctionPresets['verl/decoupled_token_is'].weights; // => { level: 'token', upper: 2, outside: 'clamp' }
 * ```
 */
export const correctionPresets: Readonly<Record<CorrectionPresetName, CorrectionPreset>> = {
  'verl/decoupled_token_is': decoupled(tokenWeights),
  'verl/decoupled_seq_is': decoupled(sequenceWeights),
  'verl/decoupled_seq_is_rs': decoupled(sequenceWeights, sequenceRatio),
  'verl/decoupled_geo_rs': decoupled(null, geometricRatio),
  'verl/decoupled_geo_rs_seq_tis': decoupled(sequenceWeights, geometricRatio),
  'verl/decoupled_geo_rs_token_tis': decoupled(tokenWeights, geometricRatio),
  'verl/decoupled_k3_rs': decoupled(null, sequenceK3),
  'verl/decoupled_k3_rs_seq_tis': decoupled(sequenceWeights, sequenceK3),
  'verl/decoupled_k3_rs_token_tis': decoupled(tokenWeights, sequenceK3),
  'verl/bypass_ppo_clip': bypass('ppo-clip'),
  'verl/bypass_ppo_clip_geo_rs': bypass('ppo-clip', geometricRatio),
  'verl/bypass_ppo_clip_k3_rs': bypass('ppo-clip', sequenceK3),
  'verl/bypass_pg_is': { ...bypass('reinforce'), weights: sequenceWeights },
  'verl/bypass_pg_geo_rs': bypass('reinforce', geometricRatio),
  'verl/bypass_pg_geo_rs_seq_tis': { ...bypass('reinforce', geometricRatio), weights: sequenceWeights },
  'verl/bypass_pg_geo_rs_token_tis': { ...bypass('reinforce', geometricRatio), weights: tokenWeights },
  'verl/disabled': decoupled(null),
  'trl/token_truncate': filtered({ level: 'token', upper: 3, outside: 'clamp', ...openBand }),
  'trl/token_mask': filtered({ level: 'token', upper: 3, outside: 'zero', ...openBand }),
  'trl/sequence_truncate': filtered({ level: 'sequence', upper: 3, outside: 'clamp', ...openBand }),
  'trl/sequence_mask': filtered({ level: 'sequence', upper: 3, outside: 'zero', ...openBand }),
  'openrlhf/tis': filtered({ ...openRlhfBand, outside: 'clamp' }),
  'openrlhf/icepop': filtered({ ...openRlhfBand, outside: 'zero' }),
  'openrlhf/seq-mask-tis': filtered({ ...openRlhfBand, judgedBy: 'geometric', outside: 'zero' }),
  'nemo-rl/tis': filtered({ level: 'token', lower: 0, upper: 5, outside: 'clamp', logRatioClamp: null }),
  'nemo-rl/icepop': filtered({ level: 'token', lower: 0.5, upper: 5, outside: 'zero', logRatioClamp: null }),
  'nemo-rl/seq-mask-tis': filtered({
    level: 'token',
    lower: 0.999,
    upper: 1.002,
    judgedBy: 'geometric',
    outside: 'zero',
    logRatioClamp: null,
  }),
  'slime/tis': filtered({ level: 'token', lower: 0, upper: 2, outside: 'clamp', logRatioClamp: null }),
  'slime/icepop': filtered({ level: 'token', lower: 0, upper: 2, outside: 'zero', logRatioClamp: null }),
  'roll/is_weight': decoupled({ level: 'token', upper: 1.2, outside: 'clamp', logRatioClamp: null }),
  'roll/ratio_filter': decoupled(null, { statistic: 'ratio', scope: 'token', lower: 0.8, upper: 1.2 }),
  'roll/diff_filter': decoupled(null, {
    statistic: 'probability-difference',
    scope: 'token',
    lower: -0.2,
    upper: 0.2,
  }),
  'areal/mask': filtered({ level: 'token', upper: 5, outside: 'zero', ...openBand }),
  'areal/clamp': filtered({ level: 'token', upper: 5, outside: 'clamp', ...openBand }),
};
