import { z } from 'zod';

const bound = z.number().nullable().default(null);

/** Which difficulties a run sees until when. */
export const curriculumConfig = z
  .strictObject({
    stages: z
      .array(
        z.strictObject({
          untilStep: z
            .int()
            .positive()
            .nullable()
            .default(null)
            .describe('last step of the stage, counted in batches from 1; null = for good'),
          minDifficulty: bound.describe('easiest task of the stage; null = no bound'),
          maxDifficulty: bound.describe('hardest task of the stage; null = no bound'),
        }),
      )
      .min(1)
      .describe('stages in order; after the last one all tasks are drawn'),
  })
  .superRefine(({ stages }, context) => {
    for (const [index, stage] of stages.entries()) {
      const previous = stages[index - 1]?.untilStep;
      if (index > 0 && (previous == null || (stage.untilStep !== null && stage.untilStep <= previous))) {
        context.addIssue({
          code: 'custom',
          path: ['stages', index, 'untilStep'],
          message: `must be greater than until_step of the stage before (${previous ?? 'null, which never ends'})`,
        });
      }
      const { minDifficulty, maxDifficulty } = stage;
      if (minDifficulty !== null && maxDifficulty !== null && minDifficulty > maxDifficulty) {
        context.addIssue({
          code: 'custom',
          path: ['stages', index, 'minDifficulty'],
          message: `is above max_difficulty ${maxDifficulty}`,
        });
      }
    }
  });

/** Stages of difficulty, as validated. */
export type CurriculumConfig = z.infer<typeof curriculumConfig>;

/** The `data` group of a run's configuration: what is trained and evaluated on, in which order. */
export const dataConfig = z
  .strictObject({
    train: z.array(z.string().min(1)).default([]).describe('files to train on: .jsonl or .json, each also .gz'),
    eval: z.array(z.string().min(1)).default([]).describe('files to evaluate on'),
    onBadRecord: z
      .enum(['error', 'skip'])
      .default('error')
      .describe('error = stop and list every bad record; skip = leave them out'),
    tags: z.array(z.string().min(1)).min(1).nullable().default(null).describe('keep these tags only; null = all'),
    minDifficulty: bound.describe('drop easier tasks; null = no bound'),
    maxDifficulty: bound.describe('drop harder tasks; null = no bound'),
    domainRatios: z
      .record(z.string(), z.number().positive())
      .nullable()
      .default(null)
      .describe('share of each tag in the batches, every tag listed; null = all tasks in one pool'),
    curriculum: curriculumConfig.nullable().default(null).describe('difficulty by step; null = all tasks at once'),
    shuffle: z.boolean().default(true).describe('a new seeded order in each epoch; false = the order of the files'),
  })
  .superRefine(({ minDifficulty, maxDifficulty }, context) => {
    if (minDifficulty !== null && maxDifficulty !== null && minDifficulty > maxDifficulty) {
      context.addIssue({
        code: 'custom',
        path: ['minDifficulty'],
        message: `is above max_difficulty ${maxDifficulty}`,
      });
    }
  });

/** Options of data, as validated. */
export type DataConfig = z.infer<typeof dataConfig>;
