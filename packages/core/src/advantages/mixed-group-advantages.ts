import { checkRewards } from './check-rewards.ts';

/** Options of `mixedGroupAdvantages`. */
export interface MixedGroupOptions {
  /** What a group with one verifiable reward gets: 0, or the reward itself (Minimal-RL). Default `zero`. */
  readonly singleton?: 'reward' | 'zero';
}

/**
 * The rewards themselves where the group has good and bad samples, 0 where it has only one kind: `A_i = r_i` if the
 * rewards of the group differ, else 0. Prompts that are always or never solved are left out; no baseline, no scaling.
 *
 * `null` (unverifiable) rewards take no part and yield `null`.
 *
 * Reinforce-Rej, arXiv:2504.11343.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * mixedGroupAdvantages([1, -1, 1]); // => [1, -1, 1]
 * mixedGroupAdvantages([1, 1, 1]); // => [0, 0, 0]
 * ```
 */
export function mixedGroupAdvantages(
  rewards: readonly (number | null)[],
  options: MixedGroupOptions = {},
): (number | null)[] {
  const verified = checkRewards('mixedGroupAdvantages', rewards);
  const kept =
    verified.length === 1 ? options.singleton === 'reward' : verified.some((reward) => reward !== verified[0]);
  return rewards.map((reward) => (reward === null || kept ? reward : 0));
}
