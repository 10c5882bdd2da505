import { z } from 'zod';
import { defineFamily } from './define-family.ts';
import { qwenWindowKeys, withQwenWindows, writeQwenWindows } from './qwen-windows.ts';

/** Qwen3 (arXiv:2505.09388): Llama with a norm of each head of queries and keys, and heads of a width of their own. */
export const qwen3 = defineFamily({
  modelType: 'qwen3',
  architecture: 'Qwen3ForCausalLM',
  defaults: {
    maxPositionEmbeddings: 32768,
    normEpsilon: 1e-6,
    ropeTheta: 10000,
    tieWordEmbeddings: false,
    headDim: 128,
  },
  keys: { ...qwenWindowKeys, attention_bias: z.boolean().nullish() },
  allowed: { hidden_act: ['silu'], attention_dropout: [0], partial_rotary_factor: [1] },

  describe: (base, { keys, where }) => ({
    attention: {
      ...base.attention,
      hasBias: { projections: keys.attention_bias ?? false, output: keys.attention_bias ?? false },
      headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm' },
    },
    layers: withQwenWindows(base, keys, where),
  }),

  writeKeys: (config) => ({
    hidden_act: 'silu',
    attention_bias: config.attention.hasBias.output,
    attention_dropout: 0,
    ...writeQwenWindows(config),
  }),
});
