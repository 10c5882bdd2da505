import { z } from 'zod';
import { instructionsDefaults } from './instructions-reward.ts';

/** Options of the `ifeval` reward. */
export const instructionsConfig = z.strictObject({
  mode: z
    .enum(['strict', 'loose'])
    .default(instructionsDefaults.mode)
    .describe('strict = the response as it is; loose = or without first line, last line and asterisks'),
  scoring: z
    .enum(['share', 'all'])
    .default(instructionsDefaults.scoring)
    .describe('share = of the instructions that are followed; all = 1 when all are, else 0'),
});
