import { z } from 'zod';
import { judgesFields } from './judges.config.ts';

/** Options of the `pairwise_judge` reward. */
export const pairwiseConfig = z.strictObject({
  ...judgesFields,
  criteria: z
    .string()
    .min(1)
    .default('which answer is right and helps more; length and style by themselves do not count')
    .describe('what makes an answer the better one, in words'),
  pairs: z
    .union([z.literal('all'), z.int().min(1)])
    .default('all')
    .describe('comparisons in a group: all, or so many, chosen by seed such that all answers are connected'),
  swap: z
    .boolean()
    .default(true)
    .describe('asks in both orders; a judge that changes its mind with the order sees a tie'),
  scoring: z
    .enum(['bradley_terry', 'elo', 'win_rate'])
    .default('bradley_terry')
    .describe('how comparisons become scores from 0 to 1: the chance, or the share, to beat the others of the group'),
  prior: z
    .number()
    .min(0)
    .default(0.5)
    .describe('bradley_terry: virtual wins and losses of each answer; more pulls scores to 0.5'),
  kFactor: z.number().positive().default(32).describe('elo: most points one comparison moves'),
  threshold: z.number().min(0).max(1).default(0.5).describe('a score above this is correct'),
});

/** Options of `pairwiseJudge`, as validated. */
export type PairwiseConfig = z.infer<typeof pairwiseConfig>;

/** Options of `pairwiseJudge` as written, defaults left out. */
export type PairwiseOptions = z.input<typeof pairwiseConfig>;
