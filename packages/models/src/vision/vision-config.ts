import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import type { ModelConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';

/** What a vision tower is made of. */
export interface VisionTowerConfig {
  readonly hiddenSize: number;
  /** Width of the feed-forward layers. */
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  /** Colour channels of a pixel. */
  readonly channels: number;
  readonly patchSize: number;
  readonly temporalPatchSize: number;
  /** Patches on a side of what becomes one token. */
  readonly mergeSize: number;
  /** Pixels on a side of an attention window. */
  readonly windowSize: number;
  /** Layers in which every patch sees its whole image. */
  readonly fullAttentionLayers: readonly number[];
  /** Width of the embeddings it gives: the decoder's hidden size. */
  readonly outputSize: number;
  readonly rmsNormEps: number;
  /** Radians per row, and per column, of each pair; `[headDim/4]`. */
  readonly rotaryFrequencies: readonly number[];
}

/** A decoder that reads images. */
export interface VisionLanguageConfig {
  readonly modelType: 'qwen2_5_vl';
  /** The decoder, in the terms of the Qwen2 family. */
  readonly text: ModelConfig;
  readonly vision: VisionTowerConfig;
  /** How many pairs of a head turn by the frame, the row and the column of a token; the sum is `headDim / 2`. */
  readonly rotarySections: readonly [number, number, number];
  /** The token an image embedding takes the place of. */
  readonly imageTokenId: number;
}

const size = z.int().positive();

// Defaults are those of transformers' configuration classes.
const visionSchema = z.looseObject({
  depth: size.default(32),
  hidden_size: size,
  hidden_act: z.literal('silu').default('silu'),
  intermediate_size: size.default(3420),
  num_heads: size.default(16),
  in_channels: z.literal(3).nullish(),
  in_chans: z.literal(3).nullish(),
  patch_size: size.default(14),
  spatial_merge_size: size.default(2),
  temporal_patch_size: size.default(2),
  window_size: size.default(112),
  out_hidden_size: size,
  fullatt_block_indexes: z.array(z.int().nonnegative()).default([7, 15, 23, 31]),
  rope_parameters: z.looseObject({ rope_theta: z.number().positive().nullish() }).nullish(),
});

const rope = z.looseObject({
  rope_theta: z.number().positive().nullish(),
  rope_type: z.enum(['default', 'mrope']).nullish(),
  type: z.enum(['default', 'mrope']).nullish(),
  mrope_section: z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().nonnegative()]).nullish(),
});

const textSchema = z.looseObject({
  rope_theta: z.number().positive().nullish(),
  rope_scaling: rope.nullish(),
  rope_parameters: rope.nullish(),
  tie_word_embeddings: z.boolean().nullish(),
});

const schema = z.looseObject({
  model_type: z.literal('qwen2_5_vl'),
  vision_config: visionSchema,
  text_config: textSchema.nullish(),
  image_token_id: z.int().nonnegative().default(151655),
  ...textSchema.shape,
});

/**
 * The configuration in a config.json of model type `qwen2_5_vl`, with the keys of the decoder beside those of the
 * vision tower (hub checkpoints) or in `text_config` (transformers 4.50 and later).
 *
 * @param json the parsed file
 * @param where named in errors; default `config.json`
 * @throws RlloomError kind `model` for another model type, a wrong value or an option that is not implemented
 */
export function parseVisionLanguageConfig(json: unknown, where = 'config.json'): VisionLanguageConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`, where);
  }
  const { vision_config: vision, text_config: nested, image_token_id: imageTokenId, ...flat } = parsed.data;
  const given = nested ?? flat;
  const rotary = { ...given.rope_scaling, ...given.rope_parameters };
  const text = parseModelConfig(
    {
      rms_norm_eps: 1e-5,
      ...given,
      model_type: 'qwen2',
      rope_theta: rotary.rope_theta ?? given.rope_theta ?? 1e6,
      rope_scaling: undefined,
      rope_parameters: undefined,
      tie_word_embeddings: (flat.tie_word_embeddings ?? false) || (nested?.tie_word_embeddings ?? false),
    },
    where,
  );
  const config: VisionLanguageConfig = {
    modelType: 'qwen2_5_vl',
    text,
    vision: {
      hiddenSize: vision.hidden_size,
      intermediateSize: vision.intermediate_size,
      numHiddenLayers: vision.depth,
      numAttentionHeads: vision.num_heads,
      channels: 3,
      patchSize: vision.patch_size,
      temporalPatchSize: vision.temporal_patch_size,
      mergeSize: vision.spatial_merge_size,
      windowSize: vision.window_size,
      fullAttentionLayers: vision.fullatt_block_indexes,
      outputSize: vision.out_hidden_size,
      rmsNormEps: 1e-6,
      rotaryFrequencies: axisFrequencies(
        vision.hidden_size / vision.num_heads,
        vision.rope_parameters?.rope_theta ?? 10000,
      ),
    },
    rotarySections: rotary.mrope_section ?? [16, 24, 24],
    imageTokenId,
  };
  checkShapes(config, where);
  return config;
}

// Half of a head's pairs turns by the row, the other half by the column, each with frequencies from 1 downwards;
// rounded to float32 as the reference does.
function axisFrequencies(headDim: number, theta: number): number[] {
  return Array.from({ length: Math.floor(headDim / 4) }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** ((4 * i) / headDim))),
  );
}

function checkShapes({ text, vision, rotarySections }: VisionLanguageConfig, where: string): void {
  const pairs = rotarySections.reduce((sum, count) => sum + count, 0);
  const what =
    pairs !== text.headDim / 2
      ? `mrope_section ${JSON.stringify(rotarySections)} sums to ${pairs}, the heads have ${text.headDim / 2} pairs`
      : vision.outputSize !== text.hiddenSize
        ? `vision_config.out_hidden_size ${vision.outputSize} is not the hidden_size ${text.hiddenSize} of the decoder`
        : vision.hiddenSize % (4 * vision.numAttentionHeads) !== 0
          ? `vision_config.hidden_size ${vision.hiddenSize} is not divisible by 4 × num_heads ${vision.numAttentionHeads}`
          : vision.windowSize < vision.patchSize * vision.mergeSize
            ? `vision_config.window_size ${vision.windowSize} is smaller than a token`
            : undefined;
  if (what !== undefined) throw invalid(what, where);
}

function invalid(what: string, where: string): RlloomError {
  return new RlloomError('model', { what, where, fix: 'take config.json from the original model again' });
}
