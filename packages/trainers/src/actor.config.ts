import { z } from 'zod';

/** How the learning rate moves over the steps of a stage. */
export const scheduleConfig = z.strictObject({
  name: z.enum(['constant', 'linear', 'cosine']).default('constant').describe('shape after the warm-up'),
  warmupSteps: z.int().min(0).default(0).describe('steps of linear warm-up from 0'),
  minRatio: z.number().min(0).max(1).default(0).describe('part of the peak rate that a cosine ends at'),
});

/** AdamW and its schedule. */
export const optimizerConfig = z.strictObject({
  learningRate: z.number().positive().default(1e-6).describe('peak learning rate'),
  beta1: z.number().min(0).lt(1).default(0.9).describe('decay of the first moment'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('decay of the second moment'),
  epsilon: z.number().positive().default(1e-8).describe('added to the root of the second moment'),
  weightDecay: z.number().min(0).default(0).describe('decoupled weight decay'),
  maxGradientNorm: z.number().positive().nullable().default(1).describe('global-norm clip; null = none'),
  schedule: scheduleConfig.prefault({}).describe('learning-rate schedule'),
});

/** Options of the optimizer, as validated. */
export type OptimizerConfig = z.infer<typeof optimizerConfig>;

/** In which type a stage multiplies matrices. */
export const dtypeConfig = z
  .enum(['float32', 'bfloat16'])
  .default('float32')
  .describe('type of matrix products; weights, sums and optimizer stay float32. bfloat16: native backends only');

/** The `actor` group: how the policy is updated. */
export const actorConfig = z.strictObject({
  optimizer: optimizerConfig.prefault({}).describe('AdamW'),
  miniBatchSize: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('sequences per optimizer step; null = the whole batch'),
  updateEpochs: z.int().positive().default(1).describe('passes over a batch'),
  maxTokensPerMicroBatch: z
    .int()
    .positive()
    .default(4096)
    .describe('tokens per forward-backward pass, padding included: memory, never the gradient'),
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe('layers forget their activations and run again for the gradient: less memory, slower'),
  dtype: dtypeConfig,
});

/** Options of the actor, as validated. */
export type ActorConfig = z.infer<typeof actorConfig>;
