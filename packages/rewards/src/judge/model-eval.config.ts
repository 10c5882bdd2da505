import { z } from 'zod';
import { criteriaConfig } from './criteria.config.ts';
import { judgesFields } from './judges.config.ts';

/** Options of the `model_eval` reward. */
export const modelEvalConfig = z.strictObject({
  ...judgesFields,
  criteria: criteriaConfig,
  aggregation: z
    .enum(['mean', 'median', 'majority', 'min'])
    .default('mean')
    .describe('how several judges become one score; majority = 1 or 0 by their votes, an even split is unverifiable'),
  threshold: z.number().min(0).max(1).default(0.5).describe('a score from here on is correct'),
});

/** Options of `modelEvalReward`, as validated. */
export type ModelEvalConfig = z.infer<typeof modelEvalConfig>;

/** Options of `modelEvalReward` as written, defaults left out. */
export type ModelEvalOptions = z.input<typeof modelEvalConfig>;
