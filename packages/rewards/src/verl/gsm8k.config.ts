import { z } from 'zod';
import { verlGsm8kDefaults } from './gsm8k.ts';

/** Options of the `verl_gsm8k` reward. */
export const verlGsm8kConfig = z
  .strictObject({
    method: z
      .enum(['strict', 'flexible'])
      .default(verlGsm8kDefaults.method)
      .describe('strict = the number after ####; flexible = the last number'),
    formatScore: z.number().default(verlGsm8kDefaults.formatScore).describe('score of a number that is wrong'),
    score: z.number().default(verlGsm8kDefaults.score).describe('score of the right number'),
  })
  .refine(({ formatScore, score }) => formatScore < score, { path: ['formatScore'], message: 'is not below score' });
