import { checkRewards } from '../advantages/check-rewards.ts';
import { checkFinite } from './check-within.ts';
import { clipper } from './value-bounds.ts';

/** Options of `rescaleRewards`: both ends of a range and what becomes of them. */
export interface RescaleOptions {
  /** Range that rewards are clipped to. */
  readonly source: { readonly max: number; readonly min: number };
  /** Range that it is mapped to. */
  readonly target: { readonly max: number; readonly min: number };
}

/**
 * Rewards clipped to `source` and mapped on a straight line to `target`; DAPO's 0 and 1 become −1 and 1. `null`
 * (unverifiable) stays `null`.
 *
 * NeMo-RL's `reward_scaling`.
 *
 * @throws RangeError when a reward or bound is not finite, or `source` has no width
 * @example
 * ```ts
 * rescaleRewards([0, 1, 3], { source: { min: 0, max: 1 }, target: { min: -1, max: 1 } }); // => [-1, 1, 1]
 * ```
 */
export function rescaleRewards(rewards: readonly (number | null)[], options: RescaleOptions): (number | null)[] {
  const caller = 'rescaleRewards';
  const { source, target } = options;
  checkRewards(caller, rewards);
  checkFinite(caller, { 'target.min': target.min, 'target.max': target.max, width: source.max - source.min });
  if (source.max === source.min) throw new RangeError(`${caller}: source from ${source.min} to itself has no width`);
  const clip = clipper(caller, source);
  const slope = (target.max - target.min) / (source.max - source.min);
  return rewards.map((reward) => (reward === null ? null : target.min + (clip(reward) - source.min) * slope));
}
