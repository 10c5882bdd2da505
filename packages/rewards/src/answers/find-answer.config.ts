import { z } from 'zod';
import type { TextAnswerSource } from './find-answer.ts';

const sources = ['all', 'answer_tag', 'boxed', 'phrase', 'last_line'] as const satisfies TextAnswerSource[];

/** Keys of rewards that look for a text answer. */
export function findAnswerKeys(answerFrom: readonly TextAnswerSource[]): {
  answerFrom: z.ZodDefault<z.ZodArray<z.ZodEnum<{ [Source in TextAnswerSource]: Source }>>>;
  reasoningDelimiter: z.ZodDefault<z.ZodNullable<z.ZodString>>;
} {
  return {
    answerFrom: z
      .array(z.enum(sources))
      .min(1)
      .default([...answerFrom])
      .describe(
        'where the answer stands, first hit counts: all = the whole response, answer_tag = <answer>…</answer>, boxed = \\boxed{}, phrase = after "answer is", last_line',
      ),
    reasoningDelimiter: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('only text after its last occurrence counts, e.g. </think>; null = all text'),
  };
}
