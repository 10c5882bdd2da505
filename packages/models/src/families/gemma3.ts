import { z } from 'zod';
import { notImplemented } from './config-json.ts';
import { defineFamily } from './define-family.ts';
import { gemma, gemmaAllowed, gemmaKeys, writeGemmaKeys } from './gemma2.ts';
import { layerWindows } from './layer-windows.ts';
import { readRope, ropeKeys, type RopeValues } from './rope-keys.ts';
import { rotaryConfig } from './rotary-scaling.ts';

const theta = z.number().positive().nullish();

/**
 * Gemma 3's text model (arXiv:2503.19786): Gemma 2 with a norm of each head of queries and keys, five layers with a
 * window to one without, and rotary positions of another base in those with one.
 */
export const gemma3 = defineFamily({
  modelType: 'gemma3_text',
  architecture: 'Gemma3ForCausalLM',
  defaults: {
    maxPositionEmbeddings: 131072,
    normEpsilon: 1e-6,
    ropeTheta: 1e6,
    tieWordEmbeddings: true,
    headDim: 256,
  },
  keys: {
    ...gemmaKeys,
    rope_local_base_freq: theta,
    rope_parameters: z
      .looseObject({
        full_attention: ropeKeys.rope_parameters,
        sliding_attention: ropeKeys.rope_parameters,
      })
      .nullish(),
    sliding_window_pattern: z.int().positive().nullish(),
  },
  allowed: gemmaAllowed,

  describe: (base, { keys, rope, where }) => {
    const common = gemma(base, keys);
    const count = base.layers.length;
    const pattern = keys.sliding_window_pattern ?? 6;
    const layerTypes =
      keys.layer_types ?? base.layers.map((_, i) => ((i + 1) % pattern === 0 ? 'full_attention' : 'sliding_attention'));
    const windows = layerWindows({ layerTypes, window: keys.sliding_window ?? 4096 }, { count, where });
    const ofKind = (kind: 'full_attention' | 'sliding_attention', old: RopeValues): RopeValues => {
      const given = keys.rope_parameters?.[kind];
      return given == null ? old : readRope({ rope_parameters: given }, old.theta);
    };
    const everywhere = ofKind('full_attention', rope);
    const nearby = ofKind('sliding_attention', { ...rope, theta: keys.rope_local_base_freq ?? 10000, scaling: null });
    if (nearby.scaling !== null) throw notImplemented('rope_parameters', keys.rope_parameters, { where });
    const sizes = { width: base.headDim, maxPositionEmbeddings: base.maxPositionEmbeddings };
    return {
      ...common,
      attention: {
        ...common.attention,
        headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm' },
        softCap: keys.attn_logit_softcapping ?? null,
      },
      logitSoftCap: keys.final_logit_softcapping ?? null,
      layers: base.layers.map((layer, index) => {
        const window = windows[index] ?? null;
        return { ...layer, window, rotary: window === null ? 0 : 1 };
      }),
      rotaries: [rotaryConfig({ ...everywhere, ...sizes }, where), rotaryConfig({ ...nearby, ...sizes }, where)],
    };
  },

  writeKeys: (config) => ({ ...writeGemmaKeys(config), rope_local_base_freq: config.rotaries[1]?.theta }),
});
