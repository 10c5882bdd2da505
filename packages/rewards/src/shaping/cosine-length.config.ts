import { z } from 'zod';
import { cosineLengthDefaults } from './cosine-length.ts';
import { verifierConfig } from './verifier.config.ts';

/** Options of the `cosine_length` reward. */
export const cosineLengthConfig = z.strictObject({
  maxLength: z.int().positive().describe('length at which the scale ends, in tokens'),
  minValueWrong: z.number().default(cosineLengthDefaults.minValueWrong).describe('a wrong answer of length 0'),
  maxValueWrong: z.number().default(cosineLengthDefaults.maxValueWrong).describe('a wrong answer of max_length'),
  minValueCorrect: z.number().default(cosineLengthDefaults.minValueCorrect).describe('a right answer of max_length'),
  maxValueCorrect: z.number().default(cosineLengthDefaults.maxValueCorrect).describe('a right answer of length 0'),
  exceeded: z
    .number()
    .nullable()
    .default(cosineLengthDefaults.exceeded)
    .describe('reward from max_length on, whatever the answer; null = the value there'),
  beyondMax: z
    .enum(['stay', 'back'])
    .default(cosineLengthDefaults.beyondMax)
    .describe('beyond max_length the value stays, or goes back along the cosine as in TRL'),
  verifier: verifierConfig,
});
