import { z } from 'zod';
import { searchQaDefaults } from './search-qa.ts';

/** Options of the `search_qa` reward. */
export const searchQaConfig = z
  .strictObject({
    match: z
      .enum(['em', 'subem'])
      .default(searchQaDefaults.match)
      .describe('em = the answer equals an accepted one; subem = it contains one'),
    formatScore: z.number().default(searchQaDefaults.formatScore).describe('score of an answer that is wrong'),
    score: z.number().default(searchQaDefaults.score).describe('score of a right answer'),
  })
  .refine(({ formatScore, score }) => formatScore < score, { path: ['formatScore'], message: 'is not below score' });
