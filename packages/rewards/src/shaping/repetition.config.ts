import { z } from 'zod';
import { repetitionDefaults } from './repetition.ts';

/** Options of the `repetition` reward. */
export const repetitionConfig = z.strictObject({
  ngramSize: z.int().min(1).max(1000).default(repetitionDefaults.ngramSize).describe('units that make one n-gram'),
  maxPenalty: z
    .number()
    .max(0)
    .default(repetitionDefaults.maxPenalty)
    .describe('limit of the penalty, 0 or below; TRL -1, ROLL -0.1'),
  unit: z
    .enum(['tokens', 'words', 'tokens_or_words'])
    .default(repetitionDefaults.unit)
    .describe('tokens = token ids (TRL); words = between spaces (open-r1, ROLL); tokens_or_words = words without ids'),
});
