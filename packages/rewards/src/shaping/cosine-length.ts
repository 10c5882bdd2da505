import type { RewardFunction, Verdict } from '@rlloom/spec';

/** Options of the `cosine_length` reward; names and defaults of TRL's `get_cosine_scaled_reward`. */
export interface CosineLengthConfig {
  /** Length at which the scale ends, in tokens; TRL's `max_len`. */
  readonly maxLength: number;
  /** A wrong answer of length 0. */
  readonly minValueWrong: number;
  /** A wrong answer of `maxLength`: thinking on is worth it. */
  readonly maxValueWrong: number;
  /** A right answer of `maxLength`. */
  readonly minValueCorrect: number;
  /** A right answer of length 0: the shorter the better. */
  readonly maxValueCorrect: number;
  /** The reward from `maxLength` on, whatever the answer; `null` = the value at `maxLength`. The paper has −10. */
  readonly exceeded: number | null;
  /** Beyond `maxLength` the value `stay`s, or goes `back` along the cosine as TRL and open-r1 have it. */
  readonly beyondMax: 'stay' | 'back';
}

/** What `cosineLengthReward` does when nothing is said. */
export const cosineLengthDefaults: Omit<CosineLengthConfig, 'maxLength'> = {
  minValueWrong: -1,
  maxValueWrong: -0.5,
  minValueCorrect: 0.5,
  maxValueCorrect: 1,
  exceeded: null,
  beyondMax: 'stay',
};

/**
 * The `cosine_length` reward: the verdict of `verifier`, scaled by length along half a cosine. Right answers go from
 * `maxValueCorrect` (length 0) down to `minValueCorrect` (`maxLength`), wrong ones from `minValueWrong` up to
 * `maxValueWrong`. What the verifier cannot judge stays unverifiable.
 *
 * arXiv:2502.03373, appendix C.1.
 */
export function cosineLengthReward(
  options: Pick<CosineLengthConfig, 'maxLength'> & Partial<CosineLengthConfig>,
  verifier: RewardFunction,
): RewardFunction {
  const config = { ...cosineLengthDefaults, ...options };
  return async (request, context) => {
    const inner = await verifier(request, context);
    const { verdict } = inner;
    if (verdict === 'unverifiable') return inner;
    const score = scaled(verdict, request.responseTokenCount, config);
    return {
      ...inner,
      score,
      reasons: [...inner.reasons, `${request.responseTokenCount} of ${config.maxLength} tokens`],
    };
  };
}

function scaled(verdict: Exclude<Verdict, 'unverifiable'>, length: number, config: CosineLengthConfig): number {
  const { maxLength, exceeded, beyondMax } = config;
  const [shortest, longest] =
    verdict === 'correct'
      ? [config.maxValueCorrect, config.minValueCorrect]
      : [config.minValueWrong, config.maxValueWrong];
  if (length >= maxLength && exceeded !== null) return exceeded;
  if (length >= maxLength && beyondMax === 'stay') return longest;
  return longest + 0.5 * (shortest - longest) * (1 + Math.cos((Math.PI * length) / maxLength));
}
