import { z } from 'zod';

/** `rollout.asynchronous`: rollouts beside training. */
export const asynchronousConfig = z.strictObject({
  interruptible: z
    .boolean()
    .default(true)
    .describe('generations go on under new weights after an update; false = an update waits for them to end'),
  maxConcurrentGroups: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('groups collected at a time; null = as many as staleness allows'),
  onStale: z
    .enum(['wait', 'drop'])
    .default('wait')
    .describe('groups that would get too old: wait for them, or end them and draw their tasks again'),
});

/** `rollout.dynamic_sampling`: groups without signal are left out and others sampled in their place (DAPO). */
export const dynamicSamplingConfig = z.strictObject({
  enabled: z.boolean().default(false).describe('sample until a step is full of groups whose rewards differ'),
  maxGenerations: z
    .number()
    .min(1)
    .default(4)
    .describe('bound: groups sampled for a step, in multiples of training_control.prompts_per_step'),
  whenShort: z
    .enum(['error', 'smaller_batch'])
    .default('error')
    .describe('at the bound: end the run, or train on the groups there are'),
});

/** `rollout.buffer`: groups between sampling and training. */
export const bufferConfig = z.strictObject({
  maxGroups: z.int().positive().nullable().default(null).describe('groups it holds; null = four times what may wait'),
  maxUses: z.int().positive().default(1).describe('how often a group is trained on while it is young enough (replay)'),
  priority: z
    .enum(['oldest', 'spread'])
    .default('oldest')
    .describe('which come first among those that may wait: the oldest, or those whose rewards differ most'),
  file: z.string().nullable().default(null).describe('log of the buffer, in the run folder; null = memory only'),
});
