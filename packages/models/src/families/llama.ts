import { z } from 'zod';
import { defineFamily } from './define-family.ts';

/** Llama 2 and 3 (arXiv:2407.21783): the decoder that the others differ from. Biases where config.json asks for them. */
export const llama = defineFamily({
  modelType: 'llama',
  architecture: 'LlamaForCausalLM',
  defaults: { maxPositionEmbeddings: 2048, normEpsilon: 1e-6, ropeTheta: 10000, tieWordEmbeddings: false },
  keys: { attention_bias: z.boolean().nullish(), mlp_bias: z.boolean().nullish() },
  allowed: { hidden_act: ['silu'], attention_dropout: [0], partial_rotary_factor: [1] },

  describe: ({ attention, feedForward }, { keys }) => ({
    attention: {
      ...attention,
      hasBias: { projections: keys.attention_bias ?? false, output: keys.attention_bias ?? false },
    },
    feedForward: { ...feedForward, hasBias: keys.mlp_bias ?? false },
  }),

  writeKeys: ({ attention, feedForward }) => ({
    hidden_act: 'silu',
    attention_bias: attention.hasBias.output,
    attention_dropout: 0,
    mlp_bias: feedForward.hasBias,
  }),
});
