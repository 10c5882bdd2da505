import { z } from 'zod';
import type { ModelConfig } from '../config/model-config.ts';
import { defineFamily } from './define-family.ts';
import { layerTypesOf, layerWindows, windowOf } from './layer-windows.ts';

const cap = z.number().positive().nullish();

/** Keys that Gemma's models share. */
export const gemmaKeys = {
  query_pre_attn_scalar: z.int().positive().default(256),
  attn_logit_softcapping: cap,
  final_logit_softcapping: cap,
  sliding_window: z.int().positive().nullish(),
  layer_types: z.array(z.string()).nullish(),
  attention_bias: z.boolean().nullish(),
};

/** Values of Gemma's keys that are implemented. */
export const gemmaAllowed = {
  hidden_activation: ['gelu_pytorch_tanh'],
  attention_dropout: [0],
  partial_rotary_factor: [1],
  use_bidirectional_attention: [false],
};

/** What Gemma's decoders have in common. */
export function gemma(
  { attention, feedForward, norm, names, hiddenSize }: ModelConfig,
  keys: Pick<z.infer<z.ZodObject<typeof gemmaKeys>>, 'query_pre_attn_scalar' | 'attention_bias'>,
): Pick<ModelConfig, 'embedding' | 'norm' | 'attention' | 'feedForward' | 'names'> {
  const hasBias = keys.attention_bias ?? false;
  return {
    embedding: { scale: Math.sqrt(hiddenSize), positions: null },
    norm: { ...norm, kind: 'rms-plus-one' },
    attention: {
      ...attention,
      hasBias: { projections: hasBias, output: hasBias },
      scale: 1 / Math.sqrt(keys.query_pre_attn_scalar),
    },
    feedForward: { ...feedForward, activation: 'gelu-tanh' },
    names: {
      ...names,
      attentionOutputNorm: 'post_attention_layernorm',
      feedForwardNorm: 'pre_feedforward_layernorm',
      feedForwardOutputNorm: 'post_feedforward_layernorm',
    },
  };
}

/** The keys that {@link gemmaKeys} reads. */
export function writeGemmaKeys({ attention, layers, logitSoftCap }: ModelConfig): Record<string, unknown> {
  return {
    hidden_activation: 'gelu_pytorch_tanh',
    query_pre_attn_scalar: Math.round(attention.scale ** -2),
    attn_logit_softcapping: attention.softCap,
    final_logit_softcapping: logitSoftCap,
    sliding_window: windowOf(layers),
    layer_types: layerTypesOf(layers),
    attention_bias: attention.hasBias.output,
    attention_dropout: 0,
  };
}

/**
 * Gemma 2 (arXiv:2408.00118): embeddings times `√hidden`, norms with weight `1 + w` before and after attention and
 * feed-forward, scores and logits with soft caps, a window in every second layer, GELU.
 */
export const gemma2 = defineFamily({
  modelType: 'gemma2',
  architecture: 'Gemma2ForCausalLM',
  defaults: {
    maxPositionEmbeddings: 8192,
    normEpsilon: 1e-6,
    ropeTheta: 10000,
    tieWordEmbeddings: true,
    headDim: 256,
  },
  keys: gemmaKeys,
  allowed: gemmaAllowed,

  describe: (base, { keys, where }) => {
    const common = gemma(base, keys);
    const count = base.layers.length;
    const layerTypes =
      keys.layer_types ?? base.layers.map((_, i) => (i % 2 === 0 ? 'sliding_attention' : 'full_attention'));
    const windows = layerWindows({ layerTypes, window: keys.sliding_window ?? 4096 }, { count, where });
    const [ofScores, ofLogits] = [keys.attn_logit_softcapping, keys.final_logit_softcapping];
    return {
      ...common,
      // A key that is missing means the default, null none.
      attention: { ...common.attention, softCap: ofScores === undefined ? 50 : ofScores },
      logitSoftCap: ofLogits === undefined ? 30 : ofLogits,
      layers: base.layers.map((layer, index) => ({ ...layer, window: windows[index] ?? null })),
    };
  },

  writeKeys: writeGemmaKeys,
});
