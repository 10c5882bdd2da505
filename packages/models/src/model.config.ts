import { z } from 'zod';
import { adapterConfig } from './adapters/adapter.config.ts';

/** The `model` group of a run configuration. */
export const modelConfig = z.strictObject({
  pretrain: z
    .string()
    .min(1)
    .describe('folder of the model (config.json, *.safetensors, tokenizer.json), or a model of the hub as owner/name'),
  revision: z.string().min(1).default('main').describe('branch, tag or commit of a model of the hub'),
  dtype: z.enum(['float32']).default('float32').describe('number type of weights and computation'),
  adapter: adapterConfig
    .nullable()
    .default(null)
    .describe(
      'a LoRA adapter that is trained in place of the model, which stays as it is; null = the model is trained',
    ),
});

/** Options of the model of a run. */
export type ModelOptions = z.infer<typeof modelConfig>;
