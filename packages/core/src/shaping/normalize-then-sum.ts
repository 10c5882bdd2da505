import { broadcastOverTokens } from '../advantages/broadcast-over-tokens.ts';
import { whitenOverTokens } from '../advantages/whiten-over-tokens.ts';
import type { TokenRows } from '../masking/token-rows.ts';
import { normalizeRewards } from './normalize-rewards.ts';
import { checkObjectives, type Objective } from './objectives.ts';
import { sumObjectives } from './sum-objectives.ts';

/** Options of `normalizeThenSum`. */
export interface NormalizeThenSumOptions {
  /** Divide each objective by its deviation in the group. Default `true`. */
  readonly normalizeByStd?: boolean;
  /** Added to that deviation. Default 1e-4 (TRL); verl and NeMo-RL have 1e-6. */
  readonly groupEpsilon?: number;
  /** What is done to the sums: scaled over the sequences of the batch, or nothing. Default `sequences`. */
  readonly whiten?: 'none' | 'sequences';
  /** Added to the deviation over the batch. Default 1e-4 (TRL); NeMo-RL has 0. */
  readonly whitenEpsilon?: number;
}

/**
 * Advantages from several rewards, each made comparable before they are added:
 * `s_i = Σ_k weight_k · (r_ki − mean_group) / (std_group + groupEpsilon)`, then
 * `A_i = (s_i − mean_batch) / (std_batch + whitenEpsilon)`, sample deviations. Two samples with the same sum of rewards
 * from different objectives differ here, where GRPO of the sum makes them equal.
 *
 * `null` takes no part in its objective; a sample without any reward yields `null`. Equal rewards yield 0.
 *
 * GDPO, arXiv:2601.05242. TRL (`normalize_then_sum`) and NeMo-RL whiten over sequences, verl over tokens:
 * `normalizeThenSumOverTokens`.
 *
 * @param groups the group (prompt) each sample belongs to
 * @returns one per sample
 * @throws ShapeError when lengths differ
 * @throws RangeError without any objective, or when a reward, weight or epsilon is not a finite number
 * @example
 * ```ts
 * const objectives = [{ rewards: [0, 1] }, { rewards: [0, 10], weight: 2 }];
 * normalizeThenSum(objectives, ['a', 'a'], { groupEpsilon: 0, whitenEpsilon: 0 }); // => [-0.7071, 0.7071]
 * ```
 */
export function normalizeThenSum(
  objectives: readonly Objective[],
  groups: readonly (string | number)[],
  options: NormalizeThenSumOptions = {},
): (number | null)[] {
  checkObjectives('normalizeThenSum', objectives);
  const { normalizeByStd = true, groupEpsilon = 1e-4, whiten = 'sequences', whitenEpsilon = 1e-4 } = options;
  const stdLevel = normalizeByStd ? 'group' : 'none';
  const normalized = objectives.map(({ rewards, weight = 1 }) => ({
    rewards: normalizeRewards(rewards, groups, { meanLevel: 'group', stdLevel, epsilon: groupEpsilon }),
    weight,
  }));
  const sums = sumObjectives(normalized);
  return whiten === 'none' ? sums : normalizeRewards(sums, groups, { epsilon: whitenEpsilon });
}

/** Inputs of `normalizeThenSumOverTokens`. */
export interface NormalizeThenSumInputs {
  readonly objectives: readonly Objective[];
  /** The group (prompt) each sequence belongs to. */
  readonly groups: readonly (string | number)[];
  /** `[B,T]`, 1 on trained tokens. */
  readonly mask: TokenRows;
}

/**
 * `normalizeThenSum` whitened over the trained tokens instead of the sequences: long responses weigh more in mean and
 * deviation. A sample without any reward has advantage 0 before the whitening, as in verl, and counts in it.
 *
 * verl's `gdpo`. arXiv:2601.05242.
 *
 * @returns `[B,T]`, 0 at masked places
 * @throws ShapeError when shapes differ
 * @throws RangeError without any objective, when a reward or weight is not finite, or for fewer than two trained tokens
 * @example
 * ```ts
 * const inputs = { objectives: [{ rewards: [0, 1] }], groups: ['a', 'a'], mask: [[1, 0], [1, 1]] };
 * normalizeThenSumOverTokens(inputs, { groupEpsilon: 0 }); // => [[-1.1547, 0], [0.5774, 0.5774]]
 * ```
 */
export function normalizeThenSumOverTokens(
  { objectives, groups, mask }: NormalizeThenSumInputs,
  options: Pick<NormalizeThenSumOptions, 'groupEpsilon' | 'normalizeByStd'> = {},
): Float64Array[] {
  const sums = normalizeThenSum(objectives, groups, { groupEpsilon: 1e-6, ...options, whiten: 'none' });
  return whitenOverTokens(broadcastOverTokens(sums, mask), mask);
}
