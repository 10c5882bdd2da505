import { z } from 'zod';

/** The `training_control` group: how long, how often to evaluate and save. */
export const trainingControlConfig = z.strictObject({
  maxSteps: z.int().min(0).default(100).describe('RLVR steps; 0 = no RLVR stage'),
  promptsPerStep: z.int().positive().default(16).describe('prompts per step (P); a step has P × group_size sequences'),
  evalSteps: z.int().min(0).default(0).describe('evaluate every so many steps; 0 = only before and after'),
  saveSteps: z.int().min(0).default(0).describe('checkpoint every so many steps; 0 = only at the end'),
  keepCheckpoints: z.int().positive().default(2).describe('newest checkpoints that are kept'),
  sampleSteps: z.int().positive().default(10).describe('keep samples to read every so many steps'),
});

/** Options of the training loop, as validated. */
export type TrainingControlConfig = z.infer<typeof trainingControlConfig>;
