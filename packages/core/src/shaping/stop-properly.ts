import { checkFinite, checkWithin } from './check-within.ts';

/** What a response that did not end by itself gets: its reward times `scale`, or `replaceWith` whatever it was. */
export type StopProperlyRule =
  | {
      /** The reward of a response that was cut, whatever it would have been. */
      readonly replaceWith: number;
    }
  | {
      /** Factor of the reward of a response that was cut, from 0 to 1. */
      readonly scale: number;
    };

/**
 * The reward of a response that may have been cut at the length limit: unchanged if it ended by itself, else
 * `scale · r` with a scale from 0 to 1, or a fixed value.
 *
 * Scaling brings negative rewards nearer to 0, so that a wrong answer is better cut than finished: where rewards are
 * negative, replace. `null` (unverifiable) stays `null`.
 *
 * ProRL v2. NeMo-RL scales only; OpenRLHF has one coefficient, which scales from 0 on and replaces below 0.
 *
 * @param truncated whether the response was cut
 * @throws RangeError when the reward is not finite, a scale not between 0 and 1, or a replacement not finite
 * @example
 * ```ts
 * stopProperly(0.8, true, { scale: 0.5 }); // => 0.4
 * stopProperly(0.8, true, { replaceWith: -0.5 }); // => -0.5
 * stopProperly(0.8, false, { scale: 0.5 }); // => 0.8
 * ```
 */
export function stopProperly(reward: number | null, truncated: boolean, rule: StopProperlyRule): number | null {
  if ('scale' in rule) checkWithin('stopProperly', { scale: rule.scale }, [0, 1]);
  else checkFinite('stopProperly', { replaceWith: rule.replaceWith });
  if (reward === null) return null;
  checkFinite('stopProperly', { reward });
  if (!truncated) return reward;
  return 'scale' in rule ? reward * rule.scale : rule.replaceWith;
}
