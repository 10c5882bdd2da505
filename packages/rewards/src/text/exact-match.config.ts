import { z } from 'zod';
import { findAnswerKeys } from '../answers/find-answer.config.ts';
import { exactMatchDefaults } from './exact-match.ts';

/** Options of the `exact_match` reward. */
export const exactMatchConfig = z.strictObject({
  ...findAnswerKeys(exactMatchDefaults.answerFrom),
  match: z
    .enum(['equal', 'contains'])
    .default(exactMatchDefaults.match)
    .describe('equal = the same text; contains = the accepted answer stands in the answer'),
  normalize: z
    .enum(['squad', 'lower', 'none'])
    .default(exactMatchDefaults.normalize)
    .describe('squad = without case, punctuation and articles; lower = without case; none = as written'),
});
