import { checkFinite, checkWithin } from './check-within.ts';

/** Rewards at both ends of the length scale. */
export interface LengthRange {
  /** At length 0. */
  readonly shortest: number;
  /** At `maxLength`. */
  readonly longest: number;
}

/** Options of `cosineLengthReward`. */
export interface CosineLengthOptions {
  /** Length at which the scale ends, in tokens. */
  readonly maxLength: number;
  /** Right answers: the shorter the better. Default 1 to 0.5 (TRL, open-r1); the paper has 2 to 1. */
  readonly correct?: LengthRange;
  /** Wrong answers: the longer the better, thinking on is worth it. Default −1 to −0.5 (TRL); the paper has −10 to 0. */
  readonly wrong?: LengthRange;
  /** The reward from `maxLength` on, whatever the answer. Default: none, `longest` holds; the paper has −10. */
  readonly exceeded?: number;
}

/**
 * A verdict scaled by length, along half a cosine from `shortest` to `longest`:
 * `longest + ½ (shortest − longest)(1 + cos(π · length / maxLength))`.
 *
 * Beyond `maxLength` the value stays. In TRL and open-r1 the cosine swings back there, so that twice the maximum is
 * worth what an empty response is.
 *
 * arXiv:2502.03373, appendix C.1.
 *
 * @param correct `null` where no verdict was possible; the reward is `null` then
 * @param length tokens of the response
 * @throws RangeError for a negative length, a `maxLength` that is not positive, or a reward that is not finite
 * @example
 * ```ts
 * cosineLengthReward(true, 50, { maxLength: 100 }); // => 0.75
 * cosineLengthReward(false, 100, { maxLength: 100 }); // => -0.5
 * ```
 */
export function cosineLengthReward(
  correct: boolean | null,
  length: number,
  options: CosineLengthOptions,
): number | null {
  const caller = 'cosineLengthReward';
  const { maxLength, exceeded } = options;
  const right = options.correct ?? { shortest: 1, longest: 0.5 };
  const wrong = options.wrong ?? { shortest: -1, longest: -0.5 };
  checkWithin(caller, { length }, [0, Number.MAX_VALUE]);
  checkWithin(caller, { maxLength }, [Number.MIN_VALUE, Number.MAX_VALUE]);
  for (const [name, range] of Object.entries({ correct: right, wrong })) {
    checkFinite(caller, { [`${name}.shortest`]: range.shortest, [`${name}.longest`]: range.longest });
  }
  if (exceeded !== undefined) checkFinite(caller, { exceeded });
  if (correct === null) return null;
  const { shortest, longest } = correct ? right : wrong;
  if (length >= maxLength) return exceeded ?? longest;
  return longest + 0.5 * (shortest - longest) * (1 + Math.cos((Math.PI * length) / maxLength));
}
