import { z } from 'zod';
import { languageConsistencyDefaults } from './language-consistency.ts';

/** Options of the `language_consistency` reward. */
export const languageConsistencyConfig = z.strictObject({
  language: z
    .string()
    .regex(/^[a-z]{2}(?:-[A-Za-z]+)?$/, 'an ISO 639-1 code such as en')
    .nullable()
    .default(languageConsistencyDefaults.language)
    .describe('language wanted, e.g. en; null = that of the prompt'),
  by: z
    .enum(['script', 'language'])
    .default(languageConsistencyDefaults.by)
    .describe('script = share of words in its script; language = share of words in lines of that language'),
  ignoreCode: z
    .boolean()
    .default(languageConsistencyDefaults.ignoreCode)
    .describe('leave out code, formulas, tags and addresses'),
  reasoningDelimiter: z
    .string()
    .min(1)
    .nullable()
    .default(languageConsistencyDefaults.reasoningDelimiter)
    .describe('only text after its last occurrence counts; null = all text'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(languageConsistencyDefaults.threshold)
    .describe('share from which a response is correct'),
});
