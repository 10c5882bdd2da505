import { z } from 'zod';
import { verlMathDapoDefaults } from './math-dapo.ts';

/** Options of the `verl_math_dapo` reward. */
export const verlMathDapoConfig = z.strictObject({
  strictBoxVerify: z
    .boolean()
    .default(verlMathDapoDefaults.strictBoxVerify)
    .describe('compare the last \\boxed{} of the last 100 characters as it is, instead of the line after "Answer:"'),
});
