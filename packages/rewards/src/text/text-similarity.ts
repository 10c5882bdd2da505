import type { RewardFunction } from '@rlloom/spec';
import { findAnswer, type TextAnswerSource } from '../answers/find-answer.ts';
import { goldAnswers } from '../answers/gold-answers.ts';
import { judged, quote, unverifiable } from '../answers/results.ts';
import { isTooLong, type SimilarityMeasure, type SimilarityOptions, textSimilarity } from './similarity.ts';

/** Options of the `text_similarity` reward. */
export interface TextSimilarityConfig extends SimilarityOptions {
  /** Where the answer stands; the first source that finds one counts. */
  readonly answerFrom: readonly TextAnswerSource[];
  /** Only text after its last occurrence counts; `null` = all text. */
  readonly reasoningDelimiter: string | null;
  /** Similarity from which an answer is `correct`. */
  readonly threshold: number;
}

/** What `textSimilarityReward` does when nothing is said. */
export const textSimilarityDefaults: TextSimilarityConfig = {
  measure: 'rougeL' satisfies SimilarityMeasure,
  figure: 'f1',
  words: 'rouge_score',
  answerFrom: ['all'],
  reasoningDelimiter: null,
  threshold: 1,
};

/**
 * The `text_similarity` reward: how like the nearest accepted answer the response is, from 0 to 1, by `f1`, ROUGE,
 * edit distance or sets of words, see `textSimilarity`. `correct` from `threshold` on. A response without an answer
 * scores 0, a task without a reference is unverifiable.
 */
export function textSimilarityReward(options: Partial<TextSimilarityConfig> = {}): RewardFunction {
  const config = { ...textSimilarityDefaults, ...options };
  return ({ task, responseText }) => {
    const references = goldAnswers(task);
    if (references.length === 0) return unverifiable('the task has no ground_truth.final_answer');
    const answer = findAnswer(responseText, config);
    if (answer === undefined) return judged(false, 0, ['no answer was found']);
    if (references.some((reference) => isTooLong(answer, reference, config))) {
      return unverifiable(`the answer is too long for ${config.measure}: ${answer.length} characters`);
    }
    const all = references.map((reference) => textSimilarity(answer, reference, config));
    const score = Math.max(...all);
    const nearest = references[all.indexOf(score)] ?? '';
    return judged(score >= config.threshold, score, [`${config.measure} ${score.toFixed(3)} with ${quote(nearest)}`]);
  };
}
