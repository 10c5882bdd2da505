import { z } from 'zod';
import { overlongDefaults } from './overlong.ts';

/** Options of the `overlong` reward. */
export const overlongConfig = z
  .strictObject({
    maxLength: z.int().positive().describe('longest response in tokens'),
    bufferLength: z.int().min(0).describe('tokens before max_length over which the penalty grows from 0 to factor'),
    factor: z.number().min(0).default(overlongDefaults.factor).describe('penalty at max_length'),
    beyondMax: z
      .enum(['flat', 'linear'])
      .default(overlongDefaults.beyondMax)
      .describe('beyond max_length: linear = goes on growing (DAPO, verl); flat = stays (TRL, OpenRLHF)'),
  })
  .refine(({ maxLength, bufferLength }) => bufferLength <= maxLength, {
    path: ['bufferLength'],
    message: 'is longer than max_length: every response would be punished',
  });
