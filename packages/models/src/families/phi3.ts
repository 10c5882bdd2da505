import { z } from 'zod';
import type { ModelConfig } from '../config/model-config.ts';
import { defineFamily } from './define-family.ts';
import { windowOf } from './layer-windows.ts';
import type { RopeValues } from './rope-keys.ts';
import { rotaryConfig } from './rotary-scaling.ts';

/**
 * Phi-3 (arXiv:2404.14219): Llama with one matrix for queries, keys and values, one for gate and up, and where
 * config.json says so a window in every layer, a part of each head rotated, or LongRoPE.
 */
export const phi3 = defineFamily({
  modelType: 'phi3',
  architecture: 'Phi3ForCausalLM',
  defaults: { maxPositionEmbeddings: 4096, normEpsilon: 1e-5, ropeTheta: 10000, tieWordEmbeddings: false },
  keys: {
    sliding_window: z.int().positive().nullish(),
    original_max_position_embeddings: z.int().positive().nullish(),
  },
  allowed: { hidden_act: ['silu'], attention_dropout: [0] },

  describe: ({ attention, feedForward, layers, ...base }, { keys, rope, where }) => {
    const originalMaxPositionEmbeddings = keys.original_max_position_embeddings ?? 4096;
    const width = Math.trunc(base.headDim * rope.partialFactor);
    const { maxPositionEmbeddings } = base;
    const scaling = longRope(rope);
    return {
      attention: { ...attention, projections: { joined: 'self_attn.qkv_proj' } },
      feedForward: { ...feedForward, layout: { kind: 'joined', gateAndUp: 'gate_up_proj' } },
      layers: layers.map((layer) => ({ ...layer, window: keys.sliding_window ?? null })),
      rotaries: [
        rotaryConfig({ ...rope, scaling, width, maxPositionEmbeddings, originalMaxPositionEmbeddings }, where),
      ],
      otherKeys: { ...base.otherKeys, original_max_position_embeddings: originalMaxPositionEmbeddings },
    };
  },

  writeKeys: ({ layers, rotaries, headDim }: ModelConfig) => {
    const [rotary] = rotaries;
    const { rope_type: type, ...scaling } = rotary?.scaling ?? {};
    return {
      hidden_act: 'silu',
      attention_dropout: 0,
      sliding_window: windowOf(layers),
      partial_rotary_factor: (rotary?.width ?? headDim) / headDim,
      // The spelling that every version of transformers takes for this family.
      rope_scaling: rotary?.scaling == null ? null : { type, ...scaling },
    };
  },
});

// The first models called it so, and their length is in a key of its own.
function longRope({ scaling }: RopeValues): RopeValues['scaling'] {
  if (scaling === null) return null;
  const { rope_type: kind, original_max_position_embeddings: _, ...values } = scaling;
  return { rope_type: kind === 'su' || kind === 'yarn' ? 'longrope' : kind, ...values };
}
