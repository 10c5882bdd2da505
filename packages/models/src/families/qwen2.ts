import { defineFamily } from './define-family.ts';
import { qwenWindowKeys, withQwenWindows, writeQwenWindows } from './qwen-windows.ts';

/** Qwen2 and Qwen2.5 (arXiv:2407.10671): Llama with biases on queries, keys and values. */
export const qwen2 = defineFamily({
  modelType: 'qwen2',
  architecture: 'Qwen2ForCausalLM',
  defaults: { maxPositionEmbeddings: 32768, normEpsilon: 1e-6, ropeTheta: 10000, tieWordEmbeddings: false },
  keys: qwenWindowKeys,
  allowed: {
    hidden_act: ['silu'],
    attention_dropout: [0],
    attention_bias: [true],
    mlp_bias: [false],
    partial_rotary_factor: [1],
  },

  describe: (base, { keys, where }) => ({
    attention: { ...base.attention, hasBias: { projections: true, output: false } },
    layers: withQwenWindows(base, keys, where),
  }),

  writeKeys: (config) => ({ hidden_act: 'silu', attention_dropout: 0, ...writeQwenWindows(config) }),
});
