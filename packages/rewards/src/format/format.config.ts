import { z } from 'zod';

const weight = z.number().positive().default(1).describe('share of this check in the score');

const patternCheck = z.strictObject({
  check: z.literal('pattern').describe('a regular expression is found in the response'),
  name: z.string().min(1).describe('name of the part it scores'),
  pattern: z.string().min(1).describe('JavaScript regular expression; ^ and $ anchor it'),
  flags: z
    .string()
    .regex(/^[imsuv]*$/, 'only the flags i, m, s, u, v')
    .default('su')
    .describe('flags of the regular expression'),
  weight,
});

const namedCheck = z.strictObject({
  check: z
    .enum([
      'think_tags',
      'think_answer',
      'boxed',
      'hash_answer',
      'ended',
      'not_empty',
      'json',
      'trl_think_format',
      'open_r1_format',
      'open_r1_tag_count',
      'geo3k',
    ])
    .describe(
      'think_tags = one <think>…</think> first, then an answer; think_answer = <think>…</think> <answer>…</answer> and nothing else; boxed = a closed, filled \\boxed{}; hash_answer = #### once, with an answer after it; ended = the model ended by itself; not_empty; json = JSON, fenced or not; the others = exactly as in TRL, open-r1 (tag count: a quarter for each tag) and verl',
    ),
  weight,
});

const tagName = z.string().regex(/^[\w-]+$/, 'letters, digits, _ and - only');

const tagsCheck = z.strictObject({
  check: z
    .enum(['tags', 'verifiers_xml'])
    .describe(
      "tags = these tags once each, in this order, filled, nothing else; verifiers_xml = format score of verifiers' XMLParser",
    ),
  tags: z.array(tagName).min(1).describe('names of the tags, without brackets'),
  weight,
});

const delimiterCheck = z.strictObject({
  check: z.literal('delimiter').describe('the text occurs once, and something follows it'),
  delimiter: z.string().min(1).describe('end of the reasoning, e.g. </think>'),
  weight,
});

/** Options of the `format` reward. */
export const formatConfig = z
  .strictObject({
    checks: z
      .array(z.discriminatedUnion('check', [namedCheck, patternCheck, tagsCheck, delimiterCheck]))
      .min(1)
      .describe('what the response must look like'),
    partial: z
      .boolean()
      .default(true)
      .describe('true = the score is the weighted share of passed checks; false = 1 for all, else 0'),
    passScore: z.number().default(1).describe('score when all checks pass'),
    failScore: z.number().default(0).describe('score when none passes; ROLL has 0 and -1'),
  })
  .refine(({ passScore, failScore }) => passScore > failScore, {
    path: ['passScore'],
    message: 'is not above fail_score',
  })
  .superRefine(({ checks }, context) => {
    const names = new Set<string>();
    for (const [index, check] of checks.entries()) {
      const name = check.check === 'pattern' ? check.name : check.check;
      if (names.has(name)) {
        context.addIssue({ code: 'custom', path: ['checks', index], message: `"${name}" is listed twice` });
      }
      names.add(name);
      if (check.check !== 'pattern') continue;
      try {
        new RegExp(check.pattern, check.flags);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        context.addIssue({ code: 'custom', path: ['checks', index, 'pattern'], message });
      }
    }
  });

/** Options of `formatReward`, as validated. */
export type FormatConfig = z.infer<typeof formatConfig>;

/** Options of `formatReward` as written, defaults left out. */
export type FormatOptions = z.input<typeof formatConfig>;
