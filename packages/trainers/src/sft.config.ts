import { z } from 'zod';
import { dtypeConfig, optimizerConfig } from './actor.config.ts';

/** The `sft` group: a supervised stage before RLVR. */
export const sftConfig = z.strictObject({
  train: z
    .array(z.string())
    .default([])
    .describe('record files whose last message is the answer to learn; none = no SFT stage'),
  turns: z
    .enum(['auto', 'last', 'all'])
    .default('auto')
    .describe(
      'assistant turns that train: the last, or all; auto = all of records with tools or calls of tools, else the last',
    ),
  maxSteps: z.int().min(0).default(0).describe('optimizer steps; 0 = no SFT stage'),
  shuffle: z.boolean().default(true).describe('a new seeded order in each epoch; false = the order of the files'),
  batchSize: z.int().positive().default(32).describe('records per optimizer step'),
  evalSteps: z.int().min(0).default(0).describe('evaluate every so many steps; 0 = only before and after'),
  saveSteps: z.int().min(0).default(0).describe('checkpoint every so many steps; 0 = only at the end'),
  loss: z
    .enum(['nll', 'dft'])
    .default('nll')
    .describe('nll = cross-entropy, dft = dynamic fine-tuning (arXiv:2508.05629)'),
  maxTokensPerMicroBatch: z
    .int()
    .positive()
    .default(4096)
    .describe('tokens per forward-backward pass, padding included'),
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe('layers forget their activations and run again for the gradient: less memory, slower'),
  dtype: dtypeConfig,
  optimizer: optimizerConfig.prefault({ learningRate: 1e-5 }).describe('AdamW'),
});

/** Options of SFT, as validated. */
export type SftConfig = z.infer<typeof sftConfig>;
