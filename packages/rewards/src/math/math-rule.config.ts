import { z } from 'zod';
import { mathRuleDefaults } from './math-rule-defaults.ts';

/** Options of the `math_rule` reward. */
export const mathRuleConfig = z.strictObject({
  answerFrom: z
    .array(z.enum(['boxed', 'hash', 'phrase', 'last']))
    .min(1)
    .default([...mathRuleDefaults.answerFrom])
    .describe(
      'where the answer is looked for, first hit counts: boxed = \\boxed{}, hash = after ####, phrase = after "answer is", last = last number or formula',
    ),
  decimalPlaces: z
    .int()
    .min(1)
    .nullable()
    .default(mathRuleDefaults.decimalPlaces)
    .describe('a decimal number with at least this many places equals what rounds to it; null = exact only'),
  percentReadings: z
    .enum(['both', 'fraction'])
    .default(mathRuleDefaults.percentReadings)
    .describe('both = against a plain number, 28% is 28 or 0.28; fraction = it is 0.28'),
  reasoningDelimiter: z
    .string()
    .min(1)
    .nullable()
    .default(mathRuleDefaults.reasoningDelimiter)
    .describe(
      'only text after its last occurrence counts, e.g. </think>; without it there is no answer; null = all text',
    ),
  stepWeight: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(mathRuleDefaults.stepWeight)
    .describe(
      'share of the score given to the steps instead of the answer; 0 = report only; null = steps are not checked',
    ),
});
