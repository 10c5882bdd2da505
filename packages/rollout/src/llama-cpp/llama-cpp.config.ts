import { z } from 'zod';

/** How rollouts by llama.cpp inside this process work. */
export const llamaCppConfig = z.strictObject({
  dtype: z
    .enum(['f32', 'f16', 'bf16', 'q8_0', 'q4_0'])
    .default('f32')
    .describe(
      'number type of matrices and of what they multiply; f32 = as trained, the others round, q8_0 and q4_0 to blocks',
    ),
  cacheDtype: z
    .enum(['f32', 'f16'])
    .nullable()
    .default(null)
    .describe('number type of keys and values; null = f16 for quantised matrices, else f32'),
  maxBatchSize: z.int().positive().default(16).describe('sequences that decode together'),
  maxSequenceLength: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("prompt and response together, in tokens; null = the model's, at most 4096; memory grows with it"),
  tokensPerPass: z.int().positive().default(512).describe('tokens of all sequences that one pass computes'),
  threads: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('threads of a pass, which wait for each other busily; null = all cores but one'),
  gpu: z
    .enum(['none', 'auto', 'cuda', 'vulkan', 'metal'])
    .default('none')
    .describe('where it computes; auto = the best that is there'),
  flashAttention: z.boolean().default(false).describe('less memory for long sequences; rounds keys and values to f16'),
  weightUpdate: z
    .enum(['full', 'adapter'])
    .default('full')
    .describe('what is written for new weights: the whole model, or only its adapter, over the model written once'),
  directory: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('folder for the files of weights, which are removed at the end; null = the folder for temporary files'),
});

/** Options of rollouts by llama.cpp, as validated. */
export type LlamaCppConfig = z.infer<typeof llamaCppConfig>;

/** Options of rollouts by llama.cpp, as written. */
export type LlamaCppOptions = z.input<typeof llamaCppConfig>;
