import { checkRewards } from './check-rewards.ts';
import { groupRelativeAdvantages } from './group-relative-advantages.ts';
import { perGroup } from './per-group.ts';

/** Options of `groupPolicyGradientAdvantages`. */
export interface GroupPolicyGradientOptions {
  /** The constant F_norm that divides the advantages. Default 1. */
  readonly normalization?: number;
  /** What a group with one verifiable reward gets: 0, or its scaled reward (verl `gpg`). Default `zero`. */
  readonly singleton?: 'reward' | 'zero';
}

/**
 * Advantages against the mean of the group, scaled up by how many samples of the batch say nothing:
 * `A_i = α·(r_i − mean_group)/F_norm` with `α = B / max(1, non-zero rewards)`.
 *
 * The paper's α counts samples whose advantage is not zero; the count of non-zero rewards is verl's. `null`
 * (unverifiable) rewards take no part, neither in B nor in the count, and yield `null`.
 *
 * GPG, arXiv:2504.02546.
 *
 * @param rewards one per sample of the batch; `null` where no verdict was possible
 * @param groups the group (prompt) each sample belongs to
 * @returns one per reward, in the same order
 * @throws ShapeError when lengths differ
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * groupPolicyGradientAdvantages([1, 0, 0, 0], ['a', 'a', 'b', 'b']); // => [2, -2, 0, 0]
 * ```
 */
export function groupPolicyGradientAdvantages(
  rewards: readonly (number | null)[],
  groups: readonly (string | number)[],
  options: GroupPolicyGradientOptions = {},
): (number | null)[] {
  const { normalization = 1, singleton = 'zero' } = options;
  const verified = checkRewards('groupPolicyGradientAdvantages', rewards);
  const nonZero = verified.filter((reward) => reward !== 0).length;
  const scale = verified.length / Math.max(1, nonZero) / normalization;
  const centred = perGroup(rewards, groups, (group) =>
    groupRelativeAdvantages(group, { normalizeByStd: false, singleton }),
  );
  return centred.map((advantage) => (advantage === null ? null : advantage * scale));
}
