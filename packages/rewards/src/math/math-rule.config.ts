import { z } from 'zod';
import { mathRuleDefaults } from './math-rule-defaults.ts';

const targets = ['boxed', 'hash', 'latex', 'expr', 'choice', 'string', 'bracket', 'raw'] as const;

/** Options of the `math_rule` reward. */
export const mathRuleConfig = z.strictObject({
  extract: z
    .array(z.enum(targets))
    .min(1)
    .default([...mathRuleDefaults.extract])
    .describe(
      'where the answer is looked for: boxed = \\boxed{}, hash = after ####, latex = formulas in $ and boxes, expr = plain numbers and formulas, choice = a letter, string = one of strings, bracket = [answer], raw = the whole response',
    ),
  boxedPriority: z
    .int()
    .min(-1)
    .max(300)
    .default(mathRuleDefaults.boxedPriority)
    .describe('when boxes are looked at: 0 = first, 50 = after "final answer is", 100 = after "answer:", -1 = never'),
  unanchored: z
    .boolean()
    .default(mathRuleDefaults.unanchored)
    .describe('whether the last formula or number counts when no phrase announces an answer'),
  decimalPlaces: z
    .int()
    .min(1)
    .max(100)
    .nullable()
    .default(mathRuleDefaults.decimalPlaces)
    .describe('where a side is a decimal number, both are rounded to this many places; null = exact only'),
  relativeTolerance: z
    .number()
    .positive()
    .max(1)
    .nullable()
    .default(mathRuleDefaults.relativeTolerance)
    .describe(
      'where a side is a decimal number, how far both may be apart relative to the reference; null = not at all',
    ),
  percentReadings: z
    .enum(['both', 'fraction'])
    .default(mathRuleDefaults.percentReadings)
    .describe('both = against a plain number, 28% is 28 or 0.28; fraction = it is 0.28'),
  strict: z
    .boolean()
    .default(mathRuleDefaults.strict)
    .describe('whether names of variables matter, and whether a tuple differs from a set'),
  relationsAsSets: z
    .boolean()
    .default(mathRuleDefaults.relationsAsSets)
    .describe('whether 1 < x < 2 is right where the reference is the interval (1, 2); the reverse always is'),
  orderedLists: z
    .boolean()
    .default(mathRuleDefaults.orderedLists)
    .describe('whether the order of 1, 2 without brackets matters'),
  reasoningDelimiters: z
    .array(z.string().min(1))
    .default([...mathRuleDefaults.reasoningDelimiters])
    .describe(
      'only text after the last of them counts, e.g. </think>; without one there is no answer; empty = all text',
    ),
  strings: z
    .array(z.string().min(1))
    .min(1)
    .max(100)
    .default([...mathRuleDefaults.strings])
    .describe('what choice and string look for'),
  ignoreCase: z.boolean().default(mathRuleDefaults.ignoreCase).describe('whether string takes no notice of capitals'),
  stepWeight: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(mathRuleDefaults.stepWeight)
    .describe(
      'share of the score given to the steps instead of the answer; 0 = report only; null = steps are not checked',
    ),
  oracle: z
    .enum(['python'])
    .nullable()
    .default(mathRuleDefaults.oracle)
    .describe(
      'who is asked where the verifier cannot decide: python = the math-verify of oracle_python; null = nobody',
    ),
  oraclePython: z
    .string()
    .min(1)
    .default(mathRuleDefaults.oraclePython)
    .describe('a Python that has math-verify; it takes seconds to start, so allow timeout_ms for it'),
});
