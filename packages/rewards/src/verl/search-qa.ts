import type { RewardFunction } from '@rlloom/spec';
import { lastTagged } from '../answers/find-answer.ts';
import { goldAnswers } from '../answers/gold-answers.ts';
import { judged, quote, unverifiable } from '../answers/results.ts';
import { squadNormalize } from '../text/squad-normalize.ts';

/** Options of the `search_qa` reward; names and defaults of Search-R1's `qa_em`. */
export interface SearchQaConfig {
  /** `em` = the answer equals an accepted one; `subem` = it contains one. */
  readonly match: 'em' | 'subem';
  /** Score of an answer that is wrong. */
  readonly formatScore: number;
  /** Score of a right answer. */
  readonly score: number;
}

/** What `searchQaReward` does when nothing is said. */
export const searchQaDefaults: SearchQaConfig = { match: 'em', formatScore: 0, score: 1 };

/**
 * The `search_qa` reward: Search-R1's scorer. The last `<answer>…</answer>` is compared after SQuAD's normalisation;
 * without one the score is 0. With `em`, more than ten opening or closing tags cost three quarters of the score.
 *
 * verl `verl/utils/reward_score/search_r1_like_qa_em.py`; arXiv:2503.09516.
 */
export function searchQaReward(options: Partial<SearchQaConfig> = {}): RewardFunction {
  const { match, formatScore, score } = { ...searchQaDefaults, ...options };
  return ({ task, responseText }) => {
    const references = goldAnswers(task);
    if (references.length === 0) return unverifiable('the task has no golden answers');
    const written = lastTagged(responseText, 'answer')?.trim();
    if (written === undefined) return judged(false, 0, ['no <answer> was found']);
    const answer = squadNormalize(written);
    const correct = references.some((reference) => {
      const gold = squadNormalize(reference);
      return match === 'em' ? gold === answer : answer.includes(gold);
    });
    const reason = `${quote(written)} ${correct ? 'is' : 'is none of'} ${references.slice(0, 5).map(quote).join(', ')}`;
    if (!correct) return judged(false, formatScore, [reason]);
    const tags = ['<answer>', '</answer>'].map((tag) => responseText.split(tag).length - 1);
    const isFlood = match === 'em' && tags.some((count) => count > 10);
    return judged(true, isFlood ? score / 4 : score, [reason, ...(isFlood ? ['more than ten answer tags'] : [])]);
  };
}
