import { groupRelativeAdvantages } from './group-relative-advantages.ts';

/** Options of `clampedGroupAdvantages`. */
export interface ClampedGroupOptions {
  /** Largest magnitude of an advantage. Default 5 (DanceGRPO's `adv_clip_max`). */
  readonly clampMax?: number;
  /** Added to the standard deviation. Default 1e-8 (DanceGRPO). */
  readonly epsilon?: number;
}

/**
 * Group advantages that no outlier dominates: `A_i = clamp((r_i − mean) / (std + epsilon), ±clampMax)`, sample deviation.
 * The clamp is applied after the group's sum was 0, which it need not be any more.
 *
 * `null` (unverifiable) rewards take no part and yield `null`; a lone verifiable reward yields 0.
 *
 * DanceGRPO, arXiv:2505.07818.
 *
 * @param rewards one per sample of the group; `null` where no verdict was possible
 * @returns one per reward, in the same order
 * @throws RangeError when a reward is not finite, or for a `clampMax` that is not above 0
 * @example
 * ```ts
 * clampedGroupAdvantages([0, 0, 0, 0, 8], { clampMax: 1 }); // => [-0.447, -0.447, -0.447, -0.447, 1]
 * ```
 */
export function clampedGroupAdvantages(
  rewards: readonly (number | null)[],
  options: ClampedGroupOptions = {},
): (number | null)[] {
  const { clampMax = 5, epsilon = 1e-8 } = options;
  if (!(clampMax > 0)) throw new RangeError(`clampedGroupAdvantages: clampMax must be above 0, given ${clampMax}`);
  return groupRelativeAdvantages(rewards, { epsilon }).map((advantage) =>
    advantage === null ? null : Math.max(-clampMax, Math.min(clampMax, advantage)),
  );
}
