import { z } from 'zod';
import { mathRuleConfig } from '../math/math-rule.config.ts';
import { multipleChoiceConfig } from '../multiple-choice/multiple-choice.config.ts';
import { exactMatchConfig } from '../text/exact-match.config.ts';

/** Which reward decides correct or incorrect for one that depends on the verdict. */
export const verifierConfig = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('math_rule').describe('compares the final answer'),
      options: mathRuleConfig.prefault({}).describe('options of math_rule'),
    }),
    z.strictObject({
      type: z.literal('multiple_choice').describe('compares the letter chosen'),
      options: multipleChoiceConfig.prefault({}).describe('options of multiple_choice'),
    }),
    z.strictObject({
      type: z.literal('exact_match').describe('compares a text answer'),
      options: exactMatchConfig.prefault({}).describe('options of exact_match'),
    }),
  ])
  .prefault({ type: 'math_rule' })
  .describe('what decides correct or incorrect');

/** A verifier, as validated. */
export type VerifierConfig = z.infer<typeof verifierConfig>;
