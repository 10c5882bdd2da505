import { z } from 'zod';
import { geo3kDefaults } from './geo3k.ts';

/** Options of the `geo3k` reward. */
export const geo3kConfig = z.strictObject({
  formatScore: z
    .number()
    .min(0)
    .max(1)
    .default(geo3kDefaults.formatScore)
    .describe('share of the score that <think>…</think> \\boxed{} has'),
});
