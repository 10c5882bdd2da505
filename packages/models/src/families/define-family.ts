import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import type { ModelConfig } from '../config/model-config.ts';
import { allowOnly, type ConfigJson, otherKeys, readKeys, specialTokens, tokenKeys } from './config-json.ts';
import type { ModelFamily } from './family.ts';
import { readRope, ropeKeys, type RopeValues, writeRope } from './rope-keys.ts';
import { rotaryConfig } from './rotary-scaling.ts';

const size = z.int().positive();

/** Keys of config.json that the families share. */
const common = {
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size.nullish(),
  rms_norm_eps: z.number().positive().nullish(),
  initializer_range: z.number().nonnegative().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  ...ropeKeys,
  ...tokenKeys,
};

/** What a family leaves to config.json where transformers' class of it has a default. */
export interface FamilyDefaults {
  readonly maxPositionEmbeddings: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly tieWordEmbeddings: boolean;
  /** Width of a head; default `hidden_size / num_attention_heads`. */
  readonly headDim?: number;
}

/** Where a family differs from Llama, the plainest of those with rotary positions. */
export interface FamilyDifferences<Shape extends z.ZodRawShape> {
  readonly modelType: ModelConfig['modelType'];
  readonly architecture: string;
  readonly defaults: FamilyDefaults;
  /** Keys of config.json beside those that all share. */
  readonly keys: Shape;
  /** Values of config.json that are implemented, where not all are. */
  readonly allowed: Readonly<Record<string, readonly unknown[]>>;
  /** What the family's decoder is made of, where it is not as Llama's. */
  describe(base: ModelConfig, given: FamilyKeys<Shape>): Partial<ModelConfig>;
  /** The family's own keys of config.json. */
  writeKeys(config: ModelConfig): Record<string, unknown>;
}

/** What {@link FamilyDifferences.describe} reads. */
export interface FamilyKeys<Shape extends z.ZodRawShape> {
  readonly keys: z.infer<z.ZodObject<Shape>>;
  readonly rope: RopeValues;
  readonly where: string;
}

/** A family from its differences. */
export function defineFamily<Shape extends z.ZodRawShape>(family: FamilyDifferences<Shape>): ModelFamily {
  const { modelType, architecture, allowed } = family;
  const sharedSchema = z.looseObject(common);
  const ownSchema = z.looseObject(family.keys);
  const known = [...Object.keys(common), ...Object.keys(family.keys), ...Object.keys(allowed)];
  return {
    architecture,

    parseConfig(json, where) {
      const shared = readKeys(sharedSchema, json, where);
      const keys = readKeys(ownSchema, json, where) as z.infer<z.ZodObject<Shape>>;
      allowOnly(json, where, allowed);
      const rope = readRope(shared, family.defaults.ropeTheta);
      const base = llamaLike(family, { shared, rope, json, known });
      const config = { ...base, ...family.describe(base, { keys, rope, where }) };
      checkHeads(config, where);
      // A family with other rotary positions has described them.
      if (config.rotaries.length > 0) return config;
      const { headDim: width, maxPositionEmbeddings } = config;
      return { ...config, rotaries: [rotaryConfig({ ...rope, width, maxPositionEmbeddings }, where)] };
    },

    writeConfig: (config) => ({
      ...config.otherKeys,
      model_type: modelType,
      vocab_size: config.vocabularySize,
      hidden_size: config.hiddenSize,
      intermediate_size: config.intermediateSize,
      num_hidden_layers: config.numHiddenLayers,
      num_attention_heads: config.numAttentionHeads,
      num_key_value_heads: config.numKeyValueHeads,
      head_dim: config.headDim,
      max_position_embeddings: config.maxPositionEmbeddings,
      rms_norm_eps: config.norm.epsilon,
      initializer_range: config.initializerRange,
      tie_word_embeddings: config.tieWordEmbeddings,
      ...writeRope(config.rotaries[0]),
      ...family.writeKeys(config),
      ...specialTokens.write(config),
    }),
  };
}

interface SharedKeys {
  readonly shared: z.infer<z.ZodObject<typeof common>>;
  readonly rope: RopeValues;
  readonly json: ConfigJson;
  readonly known: readonly string[];
}

function llamaLike(
  { modelType, defaults }: Pick<FamilyDifferences<z.ZodRawShape>, 'modelType' | 'defaults'>,
  { shared, json, known }: SharedKeys,
): ModelConfig {
  const headDim = shared.head_dim ?? defaults.headDim ?? shared.hidden_size / shared.num_attention_heads;
  const plainLayer = { window: null, rotary: 0, hasExperts: false };
  return {
    modelType,
    vocabularySize: shared.vocab_size,
    hiddenSize: shared.hidden_size,
    intermediateSize: shared.intermediate_size,
    numHiddenLayers: shared.num_hidden_layers,
    numAttentionHeads: shared.num_attention_heads,
    numKeyValueHeads: shared.num_key_value_heads ?? shared.num_attention_heads,
    headDim,
    maxPositionEmbeddings: shared.max_position_embeddings ?? defaults.maxPositionEmbeddings,
    embedding: { scale: 1, positions: null },
    norm: { kind: 'rms', epsilon: shared.rms_norm_eps ?? defaults.normEpsilon },
    attention: {
      projections: { query: 'self_attn.q_proj', key: 'self_attn.k_proj', value: 'self_attn.v_proj' },
      output: 'self_attn.o_proj',
      hasBias: { projections: false, output: false },
      headNorms: null,
      scale: 1 / Math.sqrt(headDim),
      softCap: null,
    },
    feedForward: {
      module: 'mlp',
      layout: { kind: 'gated', gate: 'gate_proj', up: 'up_proj' },
      down: 'down_proj',
      activation: 'silu',
      hasBias: false,
    },
    experts: null,
    layers: Array.from({ length: shared.num_hidden_layers }, () => plainLayer),
    rotaries: [],
    logitSoftCap: null,
    tieWordEmbeddings: shared.tie_word_embeddings ?? defaults.tieWordEmbeddings,
    names: {
      embedding: 'model.embed_tokens',
      layers: 'model.layers',
      finalNorm: 'model.norm',
      output: 'lm_head',
      attentionNorm: 'input_layernorm',
      attentionOutputNorm: null,
      feedForwardNorm: 'post_attention_layernorm',
      feedForwardOutputNorm: null,
    },
    storesInputFirst: false,
    initializerRange: shared.initializer_range ?? 0.02,
    ...specialTokens.read(shared),
    otherKeys: otherKeys(json, known),
  };
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
