import { z } from 'zod';
import { findAnswerKeys } from '../answers/find-answer.config.ts';
import { textSimilarityDefaults } from './text-similarity.ts';

/** Options of the `text_similarity` reward. */
export const textSimilarityConfig = z.strictObject({
  measure: z
    .enum(['f1', 'rouge1', 'rouge2', 'rougeL', 'rougeLsum', 'edit', 'jaccard'])
    .default(textSimilarityDefaults.measure)
    .describe('f1 = SQuAD; rouge… = rouge_score; edit = 1 - Levenshtein / longer length; jaccard = sets of words'),
  figure: z
    .enum(['precision', 'recall', 'f1'])
    .default(textSimilarityDefaults.figure)
    .describe('which figure of f1 and rouge is the score'),
  words: z
    .enum(['rouge_score', 'unicode'])
    .default(textSimilarityDefaults.words)
    .describe('words of rouge and jaccard: rouge_score = runs of a-z and digits; unicode = words of every script'),
  ...findAnswerKeys(textSimilarityDefaults.answerFrom),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(textSimilarityDefaults.threshold)
    .describe('similarity from which an answer is correct'),
});
