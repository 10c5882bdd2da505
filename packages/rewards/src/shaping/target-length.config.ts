import { z } from 'zod';
import { targetLengthDefaults } from './target-length.ts';
import { verifierConfig } from './verifier.config.ts';

/** Options of the `target_length` reward. */
export const targetLengthConfig = z.strictObject({
  mode: z
    .enum(['exact', 'max'])
    .default(targetLengthDefaults.mode)
    .describe('exact = the target is to be met; max = it is a budget'),
  alpha: z.number().min(0).default(targetLengthDefaults.alpha).describe('what a token off the target costs'),
  delta: z.number().min(0).max(1).default(targetLengthDefaults.delta).describe('with max: the factor at the target'),
  targetLength: z
    .int()
    .min(0)
    .nullable()
    .default(targetLengthDefaults.targetLength)
    .describe('tokens, where the task has no field target_length or num_tokens'),
  verifier: verifierConfig,
});
