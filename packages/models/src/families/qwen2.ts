import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import type { ModelConfig } from '../config/model-config.ts';
import { rotaryFrequencies } from '../decoder/rotary.ts';
import type { ModelFamily } from './family.ts';
import { rejectOptions } from './reject-options.ts';

const tokenId = z.int().nonnegative();

// Defaults are those of transformers' Qwen2Config where a hub checkpoint may leave the key out.
const schema = z.looseObject({
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  intermediate_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().nullish(),
  head_dim: z.int().positive().nullish(),
  max_position_embeddings: z.int().positive().default(32768),
  rms_norm_eps: z.number().positive().default(1e-6),
  initializer_range: z.number().nonnegative().default(0.02),
  tie_word_embeddings: z.boolean().default(false),
  rope_theta: z.number().positive().nullish(),
  rope_parameters: z.looseObject({ rope_theta: z.number().positive().optional() }).nullish(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: tokenId.nullish(),
});

const known = new Set([
  ...Object.keys(schema.shape),
  ...['model_type', 'architectures', 'dtype', 'torch_dtype', 'rope_scaling', 'transformers_version'],
]);

/** Qwen2 and Qwen2.5 (arXiv:2407.10671): biases on queries, keys and values only, rotary positions, SwiGLU, RMSNorm. */
export const qwen2: ModelFamily = {
  architecture: 'Qwen2ForCausalLM',

  parseConfig(json, where) {
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new RlloomError('model', {
        what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
        where,
        fix: 'take config.json from the original model again',
      });
    }
    rejectOptions(json, where);
    const c = parsed.data;
    const headDim = c.head_dim ?? c.hidden_size / c.num_attention_heads;
    const ropeTheta = c.rope_parameters?.rope_theta ?? c.rope_theta ?? 10000;
    const config: ModelConfig = {
      modelType: 'qwen2',
      vocabularySize: c.vocab_size,
      hiddenSize: c.hidden_size,
      intermediateSize: c.intermediate_size,
      numHiddenLayers: c.num_hidden_layers,
      numAttentionHeads: c.num_attention_heads,
      numKeyValueHeads: c.num_key_value_heads ?? c.num_attention_heads,
      headDim,
      maxPositionEmbeddings: c.max_position_embeddings,
      rmsNormEps: c.rms_norm_eps,
      ropeTheta,
      rotaryFrequencies: rotaryFrequencies(headDim, ropeTheta),
      queryKeyValueBias: true,
      tieWordEmbeddings: c.tie_word_embeddings,
      initializerRange: c.initializer_range,
      bosTokenId: c.bos_token_id ?? null,
      eosTokenIds: typeof c.eos_token_id === 'number' ? [c.eos_token_id] : (c.eos_token_id ?? []),
      padTokenId: c.pad_token_id ?? null,
      otherKeys: Object.fromEntries(Object.entries(json).filter(([key]) => !known.has(key))),
    };
    checkHeads(config, where);
    return config;
  },

  writeConfig: (config) => ({
    ...config.otherKeys,
    model_type: 'qwen2',
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    ...(config.headDim * config.numAttentionHeads === config.hiddenSize ? {} : { head_dim: config.headDim }),
    hidden_act: 'silu',
    max_position_embeddings: config.maxPositionEmbeddings,
    rms_norm_eps: config.rmsNormEps,
    initializer_range: config.initializerRange,
    tie_word_embeddings: config.tieWordEmbeddings,
    // The keys of transformers 4, which 5 reads as well; the reverse does not hold.
    rope_theta: config.ropeTheta,
    rope_scaling: null,
    use_sliding_window: false,
    attention_dropout: 0,
    bos_token_id: config.bosTokenId,
    eos_token_id: oneOrMany(config.eosTokenIds),
    pad_token_id: config.padTokenId,
  }),
};

function oneOrMany(ids: readonly number[]): number | readonly number[] | null {
  return ids.length > 1 ? ids : (ids[0] ?? null);
}

function checkHeads(config: ModelConfig, where: string): void {
  const { hiddenSize, numAttentionHeads: heads, numKeyValueHeads: keyValueHeads, headDim } = config;
  const what = !Number.isInteger(headDim)
    ? `hidden_size ${hiddenSize} is not divisible by num_attention_heads ${heads}`
    : heads % keyValueHeads !== 0
      ? `num_attention_heads ${heads} is not divisible by num_key_value_heads ${keyValueHeads}`
      : headDim % 2 !== 0
        ? `head_dim ${headDim} is odd; rotary positions need pairs`
        : undefined;
  if (what !== undefined) throw new RlloomError('model', { what, where, fix: 'correct the shape of the model' });
}
