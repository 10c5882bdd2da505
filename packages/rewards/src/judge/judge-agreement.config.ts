import { z } from 'zod';

/** Options of the `judge_agreement` reward. */
export const judgeAgreementConfig = z.strictObject({
  match: z
    .enum(['exact', 'distance', 'side'])
    .default('distance')
    .describe(
      'exact = every value is the label; distance = 1 less the mean distance on the scales; side = the same side of threshold',
    ),
  threshold: z.number().min(0).max(1).default(0.5).describe('side: from here on the judged answer is right'),
  formatScore: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('score of a wrong judgement that can be read; one that cannot scores 0'),
});

/** Options of `judgeAgreement`, as validated. */
export type JudgeAgreementConfig = z.infer<typeof judgeAgreementConfig>;

/** Options of `judgeAgreement` as written, defaults left out. */
export type JudgeAgreementOptions = z.input<typeof judgeAgreementConfig>;
