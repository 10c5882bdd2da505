import type { RewardFunction } from '@rlloom/spec';
import { judged } from '../answers/results.ts';

/** Options of the `overlong` reward. */
export interface OverlongConfig {
  /** Longest response in tokens; TRL's `max_completion_len`. */
  readonly maxLength: number;
  /** Tokens before `maxLength` over which the penalty grows; TRL's `soft_punish_cache`, verl's `overlong_buffer.len`. */
  readonly bufferLength: number;
  /** The penalty at `maxLength`; verl's `penalty_factor`. */
  readonly factor: number;
  /** Beyond `maxLength` the penalty goes on growing (DAPO, verl, AReaL, NeMo-RL) or stays (TRL, OpenRLHF). */
  readonly beyondMax: 'flat' | 'linear';
}

/** What `overlongReward` does when nothing is said. */
export const overlongDefaults: Pick<OverlongConfig, 'factor' | 'beyondMax'> = { factor: 1, beyondMax: 'linear' };

/**
 * The `overlong` reward: soft punishment of responses near their limit,
 * `min(0, −factor · (length − (maxLength − bufferLength)) / bufferLength)`, with `flat` not below `−factor`.
 * `correct` = no penalty. A buffer of 0 is a step after `maxLength`.
 *
 * DAPO, arXiv:2503.14476, equation 13.
 */
export function overlongReward(
  options: Omit<OverlongConfig, 'factor' | 'beyondMax'> & Partial<OverlongConfig>,
): RewardFunction {
  const { maxLength, bufferLength, factor, beyondMax } = { ...overlongDefaults, ...options };
  return ({ responseTokenCount: length }) => {
    const excess = length - (maxLength - bufferLength);
    const beyond = length > maxLength && (beyondMax === 'flat' || bufferLength === 0);
    const penalty = excess <= 0 ? 0 : beyond ? 0 - factor : 0 - (excess / bufferLength) * factor;
    return judged(penalty === 0, penalty, [`${length} of ${maxLength} tokens, the last ${bufferLength} cost`]);
  };
}
