import type { RewardFunction } from '@rlloom/spec';
import { findAnswer, type TextAnswerSource } from '../answers/find-answer.ts';
import { judged, unverifiable } from '../answers/results.ts';

/** Options of the `counting` reward. */
export interface CountingConfig {
  /** `exact` = 1 for the right number, else 0; `relative` = `max(0, 1 − |difference| / max(reference, 1))`. */
  readonly scoring: 'exact' | 'relative';
  /** Where the number stands; the first source that finds one counts. */
  readonly answerFrom: readonly TextAnswerSource[];
  /** Only text after its last occurrence counts; `null` = all text. */
  readonly reasoningDelimiter: string | null;
}

/** What `countingReward` does when nothing is said. */
export const countingDefaults: CountingConfig = {
  scoring: 'exact',
  answerFrom: ['answer_tag', 'boxed', 'phrase', 'all'],
  reasoningDelimiter: null,
};

/**
 * The `counting` reward: whether a response names the right number of things, in digits or English words up to twenty.
 * The last number of the answer counts; the verdict is that of the exact number.
 */
export function countingReward(options: Partial<CountingConfig> = {}): RewardFunction {
  const config = { ...countingDefaults, ...options };
  return ({ task, responseText }) => {
    const reference = lastCount(task.groundTruth?.finalAnswer ?? '');
    if (reference === undefined) return unverifiable('the task has no number in ground_truth.final_answer');
    const answer = findAnswer(responseText, config);
    const count = answer === undefined ? undefined : lastCount(answer);
    if (count === undefined) return judged(false, 0, ['no number was found']);
    const correct = count === reference;
    const near = Math.max(0, 1 - Math.abs(count - reference) / Math.max(reference, 1));
    return judged(correct, config.scoring === 'exact' ? Number(correct) : near, [
      `${count}, the reference is ${reference}`,
    ]);
  };
}

const words =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );
const digits = /(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)|(?<![\d.])\d{1,15}(?!\.?\d)/g;
const inWords = new RegExp(String.raw`\b(?:none|${words.join('|')})\b`, 'gi');

/** The last number in digits, else the last in words: "3, one of them black" is 3. */
function lastCount(text: string): number | undefined {
  const written = text.match(digits)?.at(-1);
  if (written !== undefined) return Number(written.replaceAll(',', ''));
  const word = text.match(inWords)?.at(-1)?.toLowerCase();
  return word === undefined ? undefined : Math.max(0, words.indexOf(word));
}
