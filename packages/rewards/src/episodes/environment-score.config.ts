import { z } from 'zod';

/** Options of the `environment` reward. */
export const environmentScoreConfig = z.strictObject({
  aggregate: z
    .enum(['sum', 'last', 'mean', 'max'])
    .default('sum')
    .describe('how the scores the environment gave the turns become one; turns without a score do not count'),
  correctAt: z.number().default(1).describe('score from which an episode is correct'),
});
