import type { RewardFunction } from '@rlloom/spec';
import { findAnswer, type TextAnswerSource } from '../answers/find-answer.ts';
import { goldAnswers } from '../answers/gold-answers.ts';
import { judged, quote, unverifiable } from '../answers/results.ts';
import { squadNormalize } from './squad-normalize.ts';

/** Options of the `exact_match` reward. */
export interface ExactMatchConfig {
  /** Where the answer stands; the first source that finds one counts. */
  readonly answerFrom: readonly TextAnswerSource[];
  /** Only text after its last occurrence counts; `null` = all text. */
  readonly reasoningDelimiter: string | null;
  /** `equal` = the same text; `contains` = the accepted answer stands in the answer. */
  readonly match: 'equal' | 'contains';
  /** `squad` = without case, punctuation, articles; `lower` = without case and outer spaces; `none` = as written. */
  readonly normalize: 'squad' | 'lower' | 'none';
}

/** What `exactMatchReward` does when nothing is said. */
export const exactMatchDefaults: ExactMatchConfig = {
  answerFrom: ['answer_tag', 'boxed', 'phrase', 'all'],
  reasoningDelimiter: null,
  match: 'equal',
  normalize: 'squad',
};

/**
 * The `exact_match` reward: 1 when the answer is one of those accepted (see `goldAnswers`), else 0. SQuAD's
 * normalisation by default; a reference of which it leaves nothing (`"The"`, `"+"`) is compared in lower case.
 */
export function exactMatchReward(options: Partial<ExactMatchConfig> = {}): RewardFunction {
  const config = { ...exactMatchDefaults, ...options };
  return ({ task, responseText }) => {
    const references = goldAnswers(task).filter((reference) => reference.trim() !== '');
    if (references.length === 0) return unverifiable('the task has no ground_truth.final_answer');
    const answer = findAnswer(responseText, config);
    if (answer === undefined) return judged(false, 0, ['no answer was found']);
    const correct = references.some((reference) => isMatch(answer, reference, config));
    const reason = `${quote(answer)} ${correct ? 'is' : 'is none of'} ${references.slice(0, 5).map(quote).join(', ')}`;
    return judged(correct, Number(correct), [reason]);
  };
}

/** Whether an answer equals, or contains, a reference. */
export function isMatch(
  answer: string,
  reference: string,
  { match, normalize }: Pick<ExactMatchConfig, 'match' | 'normalize'>,
): boolean {
  const form = normalizers[normalize](reference) === '' ? normalizers.lower : normalizers[normalize];
  const [a, b] = [form(answer), form(reference)];
  return match === 'equal' ? a === b : a.includes(b);
}

const normalizers: Readonly<Record<ExactMatchConfig['normalize'], (text: string) => string>> = {
  squad: squadNormalize,
  lower: (text) => text.trim().toLowerCase(),
  none: (text) => text,
};
