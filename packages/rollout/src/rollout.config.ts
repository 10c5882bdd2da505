import { z } from 'zod';
import { engineConfig } from './http/engine.config.ts';
import { asynchronousConfig, bufferConfig, dynamicSamplingConfig } from './asynchronous/asynchronous.config.ts';

// A generation function of one's own.
const customGenerationConfig = z.strictObject({
  module: z.string().describe('module that makes the CollectGroups of the run'),
  export: z.string().default('default').describe('name of its export'),
});

/** The `rollout` group of a run's configuration: how samples are drawn. */
export const rolloutConfig = z.strictObject({
  groupSize: z.int().min(1).default(8).describe('samples per prompt (G)'),
  temperature: z.number().positive().default(1).describe('logits are divided by it; the trainer uses the same'),
  topK: z.int().min(0).default(0).describe('keep the k most likely tokens; 0 = all'),
  topP: z.number().gt(0).max(1).default(1).describe('keep the smallest set of tokens with this probability; 1 = all'),
  minP: z.number().min(0).max(1).default(0).describe('keep tokens with this fraction of the top probability; 0 = all'),
  maxPromptLength: z.int().positive().default(512).describe('longest accepted prompt, in tokens'),
  maxResponseLength: z.int().positive().default(512).describe('most new tokens per sample'),
  maxBatchSize: z.int().positive().default(64).describe('sequences that decode together'),
  promptFormat: z
    .enum(['chat', 'plain'])
    .default('chat')
    .describe('chat = the chat template, plain = the message contents'),
  stopStrings: z.array(z.string().min(1)).default([]).describe('strings that end a response'),
  engine: engineConfig.prefault({ name: 'local' }).describe('what generates: this process, or servers'),
  mode: z
    .enum(['sync', 'one_step_off', 'async'])
    .default('sync')
    .describe('sync = sample, judge, train in turn; one_step_off = at most one update ahead; async = max_staleness'),
  maxStaleness: z.int().min(0).default(2).describe('async: how many updates old a sample may be when it is trained on'),
  asynchronous: asynchronousConfig.prefault({}).describe('rollouts beside training'),
  overSampling: z
    .number()
    .min(1)
    .default(1)
    .describe('groups begun for each that is needed; those that are late are ended'),
  dynamicSampling: dynamicSamplingConfig.prefault({}).describe('sample until a step is full of groups with signal'),
  buffer: bufferConfig.prefault({}).describe('groups between sampling and training'),
  customGeneration: customGenerationConfig
    .nullable()
    .default(null)
    .describe('a module that samples in place of the built-in way'),
});

/** Options of rollouts, as validated. */
export type RolloutConfig = z.infer<typeof rolloutConfig>;
