import { z } from 'zod';
import { findAnswerKeys } from '../answers/find-answer.config.ts';
import { countingDefaults } from './counting.ts';

/** Options of the `counting` reward. */
export const countingConfig = z.strictObject({
  scoring: z
    .enum(['exact', 'relative'])
    .default(countingDefaults.scoring)
    .describe('exact = 1 for the right number, else 0; relative = the nearer the better'),
  ...findAnswerKeys(countingDefaults.answerFrom),
});
