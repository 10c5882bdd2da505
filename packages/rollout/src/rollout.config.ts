import { z } from 'zod';
import { engineConfig } from './http/engine.config.ts';

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
});

/** Options of rollouts, as validated. */
export type RolloutConfig = z.infer<typeof rolloutConfig>;
