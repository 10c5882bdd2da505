import { z } from 'zod';

const modules = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** The `model.adapter` group of a run configuration: the adapter that is trained in place of the model. */
export const adapterConfig = z.strictObject({
  path: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('folder of a PEFT adapter to go on from, which says all that follows up to layers; null = a new one'),
  type: z
    .enum(['lora', 'rslora', 'dora'])
    .default('lora')
    .describe('lora = the change times alpha / rank; rslora = alpha / √rank; dora = also a length of each output row'),
  rank: z.int().positive().default(16).describe('rows of A, columns of B: how much can change'),
  alpha: z.number().positive().nullable().default(null).describe('strength of the change; null = 2 · rank'),
  targetModules: modules
    .default('all-linear')
    .describe('changed matrices: ends of their names, or a pattern of whole names; all-linear = all but the output'),
  excludeModules: modules.nullable().default(null).describe('taken out of target_modules'),
  modulesToSave: z.array(z.string().min(1)).default([]).describe('modules that are trained whole, e.g. lm_head'),
  layers: z
    .array(z.int().nonnegative())
    .min(1)
    .nullable()
    .default(null)
    .describe('numbers of the layers that a list of target_modules is limited to; null = all'),
  reference: z
    .enum(['base', 'start'])
    .default('base')
    .describe('what KL is measured against: the model without the adapter, or with it as it was before the stage'),
  saveMerged: z
    .boolean()
    .default(false)
    .describe("write the model with the adapter's change in its weights too, as the folder merged of the run"),
});
