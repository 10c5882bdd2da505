import { z } from 'zod';
import { defineFamily } from './define-family.ts';
import { windowOf } from './layer-windows.ts';

/** Mistral (arXiv:2310.06825): Llama with a sliding window in every layer. */
export const mistral = defineFamily({
  modelType: 'mistral',
  architecture: 'MistralForCausalLM',
  defaults: { maxPositionEmbeddings: 131072, normEpsilon: 1e-6, ropeTheta: 10000, tieWordEmbeddings: false },
  keys: { sliding_window: z.int().positive().nullish() },
  allowed: { hidden_act: ['silu'], attention_dropout: [0], partial_rotary_factor: [1], layer_types: [] },

  describe: ({ layers }, { keys }) => {
    // A key that is missing means the window of the first models, null none.
    const window = keys.sliding_window === undefined ? 4096 : keys.sliding_window;
    return { layers: layers.map((layer) => ({ ...layer, window })) };
  },

  writeKeys: ({ layers }) => ({ hidden_act: 'silu', attention_dropout: 0, sliding_window: windowOf(layers) }),
});
