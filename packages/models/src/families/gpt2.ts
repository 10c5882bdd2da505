import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { allowOnly, otherKeys, readKeys, specialTokens, tokenKeys } from './config-json.ts';
import type { ModelFamily } from './family.ts';

const size = z.int().positive();
const schema = z.looseObject({
  vocab_size: size,
  n_positions: size.default(1024),
  n_embd: size,
  n_layer: size,
  n_head: size,
  n_inner: size.nullish(),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  initializer_range: z.number().nonnegative().default(0.02),
  scale_attn_weights: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
  ...tokenKeys,
});

// Two names of one function; dropout is never applied.
const allowed = {
  activation_function: ['gelu_new', 'gelu_pytorch_tanh'],
  scale_attn_by_inverse_layer_idx: [false],
  add_cross_attention: [false],
};

/**
 * GPT-2: learned positions, LayerNorm and biases everywhere, queries, keys and values from one matrix, a plain
 * feed-forward layer with GELU, matrices stored `[in, out]`. The keys of its config.json are its own.
 */
export const gpt2: ModelFamily = {
  architecture: 'GPT2LMHeadModel',

  parseConfig(json, where) {
    const keys = readKeys(schema, json, where);
    allowOnly(json, where, allowed);
    const headDim = keys.n_embd / keys.n_head;
    if (!Number.isInteger(headDim)) {
      throw new RlloomError('model', {
        what: `n_embd ${keys.n_embd} is not divisible by n_head ${keys.n_head}`,
        where,
        fix: 'correct the shape of the model',
      });
    }
    return {
      modelType: 'gpt2',
      vocabularySize: keys.vocab_size,
      hiddenSize: keys.n_embd,
      intermediateSize: keys.n_inner ?? 4 * keys.n_embd,
      numHiddenLayers: keys.n_layer,
      numAttentionHeads: keys.n_head,
      numKeyValueHeads: keys.n_head,
      headDim,
      maxPositionEmbeddings: keys.n_positions,
      embedding: { scale: 1, positions: 'transformer.wpe' },
      norm: { kind: 'layer', epsilon: keys.layer_norm_epsilon },
      attention: {
        projections: { joined: 'attn.c_attn' },
        output: 'attn.c_proj',
        hasBias: { projections: true, output: true },
        headNorms: null,
        scale: keys.scale_attn_weights ? 1 / Math.sqrt(headDim) : 1,
        softCap: null,
      },
      feedForward: {
        module: 'mlp',
        layout: { kind: 'plain', up: 'c_fc' },
        down: 'c_proj',
        activation: 'gelu-tanh',
        hasBias: true,
      },
      experts: null,
      layers: Array.from({ length: keys.n_layer }, () => ({ window: null, rotary: null, hasExperts: false })),
      rotaries: [],
      logitSoftCap: null,
      tieWordEmbeddings: keys.tie_word_embeddings,
      names: {
        embedding: 'transformer.wte',
        layers: 'transformer.h',
        finalNorm: 'transformer.ln_f',
        output: 'lm_head',
        attentionNorm: 'ln_1',
        attentionOutputNorm: null,
        feedForwardNorm: 'ln_2',
        feedForwardOutputNorm: null,
      },
      storesInputFirst: true,
      initializerRange: keys.initializer_range,
      ...specialTokens.read(keys),
      otherKeys: otherKeys(json, [...Object.keys(schema.shape), ...Object.keys(allowed)]),
    };
  },

  writeConfig: (config) => ({
    ...config.otherKeys,
    model_type: 'gpt2',
    vocab_size: config.vocabularySize,
    n_positions: config.maxPositionEmbeddings,
    n_embd: config.hiddenSize,
    n_layer: config.numHiddenLayers,
    n_head: config.numAttentionHeads,
    n_inner: config.intermediateSize,
    activation_function: 'gelu_new',
    layer_norm_epsilon: config.norm.epsilon,
    initializer_range: config.initializerRange,
    scale_attn_weights: config.attention.scale !== 1,
    tie_word_embeddings: config.tieWordEmbeddings,
    ...specialTokens.write(config),
  }),
};
