import { checkFinite, checkWithin } from './check-within.ts';

/** Options of `overlongPenalty`. */
export interface OverlongPenaltyOptions {
  /** Longest response in tokens. */
  readonly maxLength: number;
  /** Tokens before `maxLength` over which the penalty grows from 0 to `factor`. */
  readonly bufferLength: number;
  /** The penalty at `maxLength`. Default 1. */
  readonly factor?: number;
  /**
   * Beyond `maxLength` the penalty goes on growing, `linear` (DAPO, verl, AReaL, NeMo-RL: there generation ends at
   * `maxLength`), or stays at `factor`, `flat` (OpenRLHF, TRL). Default `linear`.
   */
  readonly beyondMax?: 'flat' | 'linear';
}

/**
 * Soft punishment of responses near their length limit, to be added to the reward:
 * `min(0, −factor · (length − (maxLength − bufferLength)) / bufferLength)`, and with `flat` not below `−factor`.
 *
 * TRL allows a buffer of 0, a step from 0 to `−factor` after `maxLength`; that needs `flat`. A buffer longer than
 * `maxLength` punishes from the first token on (verl and OpenRLHF refuse it).
 *
 * DAPO, arXiv:2503.14476, equation 13.
 *
 * @param length tokens of the response
 * @returns 0 or below
 * @throws RangeError for a length that is negative or not finite, or a buffer of 0 with `linear`
 * @example
 * ```ts
 * overlongPenalty(90, { maxLength: 100, bufferLength: 20 }); // => -0.5
 * overlongPenalty(120, { maxLength: 100, bufferLength: 20 }); // => -2
 * overlongPenalty(120, { maxLength: 100, bufferLength: 20, beyondMax: 'flat' }); // => -1
 * ```
 */
export function overlongPenalty(length: number, options: OverlongPenaltyOptions): number {
  const { maxLength, bufferLength, factor = 1, beyondMax = 'linear' } = options;
  checkWithin('overlongPenalty', { length, maxLength, bufferLength }, [0, Number.MAX_VALUE]);
  checkFinite('overlongPenalty', { factor });
  if (bufferLength === 0 && beyondMax === 'linear') {
    throw new RangeError("overlongPenalty: a bufferLength of 0 has no slope; use beyondMax: 'flat'");
  }
  const excess = length - (maxLength - bufferLength);
  if (excess <= 0) return 0;
  if (beyondMax === 'flat' && length > maxLength) return 0 - factor;
  return 0 - (excess / bufferLength) * factor;
}
