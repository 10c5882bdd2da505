import type { RewardFunction } from '@rlloom/spec';
import { judged, unverifiable } from '../answers/results.ts';
import { type RepetitionUnit, repeatedShare, repetitionUnits } from './repeated-share.ts';

/** Options of the `repetition` reward. */
export interface RepetitionConfig {
  /** Units that make one n-gram. */
  readonly ngramSize: number;
  /** The limit of the penalty, 0 or below. */
  readonly maxPenalty: number;
  /** What is counted: ids of tokens (TRL) or lower-case words between spaces (open-r1, ROLL). */
  readonly unit: RepetitionUnit | 'tokens_or_words';
}

/** What `repetitionReward` does when nothing is said. */
export const repetitionDefaults: RepetitionConfig = { ngramSize: 3, maxPenalty: -1, unit: 'tokens_or_words' };

/**
 * The `repetition` reward: `maxPenalty · (1 − distinct n-grams / all n-grams)`, from `maxPenalty` to 0, and 0 for
 * responses shorter than an n-gram. `correct` = nothing comes again. TRL counts token ids with −1, ROLL words with
 * −0.1, open-r1 words with a given penalty.
 *
 * With `unit: 'tokens'` a request without `responseTokens` is unverifiable; `tokens_or_words` counts words then.
 *
 * arXiv:2502.03373, appendix C.2.
 */
export function repetitionReward(options: Partial<RepetitionConfig> = {}): RewardFunction {
  const { ngramSize, maxPenalty, unit } = { ...repetitionDefaults, ...options };
  return (request) => {
    const counted = unit === 'tokens_or_words' ? (request.responseTokens === undefined ? 'words' : 'tokens') : unit;
    const units = repetitionUnits(request, counted);
    if (units === undefined) return unverifiable('the token ids of the response are not known; use unit: words');
    const share = repeatedShare(units, ngramSize);
    const reason = `${Math.round(share * 100)}% of the ${ngramSize}-grams (${counted}) come again`;
    return judged(share === 0, share === 0 ? 0 : maxPenalty * share, [reason]);
  };
}
