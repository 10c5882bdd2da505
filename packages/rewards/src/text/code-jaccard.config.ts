import { z } from 'zod';
import { codeJaccardDefaults } from './code-jaccard.ts';

/** Options of the `code_jaccard` reward. */
export const codeJaccardConfig = z.strictObject({
  tokens: z
    .enum(['code', 'words'])
    .default(codeJaccardDefaults.tokens)
    .describe('code = names, numbers, strings, operators; words = between spaces (NeMo-RL)'),
  ngramSize: z.int().min(1).max(20).default(codeJaccardDefaults.ngramSize).describe('tokens that make one member'),
  lengthRatio: z
    .boolean()
    .default(codeJaccardDefaults.lengthRatio)
    .describe('multiply by the shorter length over the longer (NeMo-RL)'),
  codeBlock: z
    .boolean()
    .default(codeJaccardDefaults.codeBlock)
    .describe('compare the last fenced block of the response, if it has one'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(codeJaccardDefaults.threshold)
    .describe('score from which a response is correct'),
});
