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
    .enum(['think_tags', 'boxed', 'hash_answer', 'ended'])
    .describe(
      'think_tags = one <think>…</think> first, then an answer; boxed = a closed, filled \\boxed{}; hash_answer = #### once, with an answer after it; ended = the model ended by itself',
    ),
  weight,
});

/** Options of the `format` reward. */
export const formatConfig = z
  .strictObject({
    checks: z
      .array(z.discriminatedUnion('check', [namedCheck, patternCheck]))
      .min(1)
      .describe('what the response must look like'),
    partial: z
      .boolean()
      .default(true)
      .describe('true = the score is the weighted share of passed checks; false = 1 for all, else 0'),
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
