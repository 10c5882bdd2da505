import { z } from 'zod';
import { multipleChoiceDefaults } from './multiple-choice.ts';

/** Options of the `multiple_choice` reward. */
export const multipleChoiceConfig = z.strictObject({
  answerFrom: z
    .array(z.enum(['boxed', 'answer_tag', 'phrase', 'alone', 'last']))
    .min(1)
    .default([...multipleChoiceDefaults.answerFrom])
    .describe(
      'where the choice is looked for, first hit counts: boxed = \\boxed{}; answer_tag = <answer>; phrase = after "answer is"; alone = nothing but a letter; last = last letter like (B) or B.',
    ),
  reasoningDelimiter: z
    .string()
    .min(1)
    .nullable()
    .default(multipleChoiceDefaults.reasoningDelimiter)
    .describe('only text after its last occurrence counts, e.g. </think>; null = all text'),
  letterCount: z
    .int()
    .min(2)
    .max(26)
    .default(multipleChoiceDefaults.letterCount)
    .describe('letters from A when the task does not list its choices'),
  matchText: z
    .boolean()
    .default(multipleChoiceDefaults.matchText)
    .describe('the text of a choice counts as its letter'),
  abstainScore: z
    .number()
    .max(1)
    .default(multipleChoiceDefaults.abstainScore)
    .describe('score of a response that says it does not know'),
});
