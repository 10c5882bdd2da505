import { checkRewards } from '../advantages/check-rewards.ts';
import { clipper, type ValueBounds } from './value-bounds.ts';

/**
 * Rewards moved into bounds. `null` (unverifiable) stays `null`.
 *
 * ROLL's and AReaL's `reward_clip`, OpenRLHF's `clip_range`.
 *
 * @throws RangeError when a reward is not finite, or the bounds hold nothing
 * @example
 * ```ts
 * clipRewards([-7, 0.5, null], 5); // => [-5, 0.5, null]
 * clipRewards([-7, 0.5, null], { min: 0, max: 1 }); // => [0, 0.5, null]
 * ```
 */
export function clipRewards(rewards: readonly (number | null)[], bounds: ValueBounds): (number | null)[] {
  checkRewards('clipRewards', rewards);
  const clip = clipper('clipRewards', bounds);
  return rewards.map((reward) => (reward === null ? null : clip(reward)));
}
