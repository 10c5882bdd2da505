import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import type { LoraConfig } from './lora-config.ts';

const modules = z.union([z.string(), z.array(z.string())]);
const rank = z.int().positive();
const layer = z.int().nonnegative();

const schema = z.looseObject({
  peft_type: z.literal('LORA'),
  r: rank.default(8),
  lora_alpha: z.number().default(8),
  lora_dropout: z.number().min(0).lt(1).default(0),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  target_modules: modules,
  exclude_modules: modules.nullish(),
  layers_to_transform: z.union([layer, z.array(layer)]).nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  rank_pattern: z.record(z.string(), rank).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  base_model_name_or_path: z.string().nullish(),
});

type Json = Readonly<Record<string, unknown>>;

/**
 * The adapter that an adapter_config.json of PEFT describes.
 *
 * @param json the parsed file
 * @param where named in errors; default `adapter_config.json`
 * @throws RlloomError kind `model` for another kind of adapter, a wrong value, or an option that is not implemented
 * @example
 * ```ts
 * const config = parseAdapterConfig({ peft_type: 'LORA', r: 4, lora_alpha: 16, target_modules: ['q_proj', 'v_proj'] });
 * config.alpha / config.rank; // => 4
 * ```
 */
export function parseAdapterConfig(json: unknown, where = 'adapter_config.json'): LoraConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RlloomError('model', {
      what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
      where,
      fix: 'give the folder of a LoRA adapter of PEFT; others are not read here',
    });
  }
  rejectUnknownMeanings(parsed.data, where);
  const c = parsed.data;
  const layers = typeof c.layers_to_transform === 'number' ? [c.layers_to_transform] : c.layers_to_transform;
  return {
    rank: c.r,
    alpha: c.lora_alpha,
    useRslora: c.use_rslora ?? false,
    useDora: c.use_dora ?? false,
    targetModules: c.target_modules,
    excludeModules: c.exclude_modules ?? null,
    layers: layers === undefined || layers?.length === 0 ? null : layers,
    modulesToSave: c.modules_to_save ?? [],
    rankPattern: c.rank_pattern ?? {},
    alphaPattern: c.alpha_pattern ?? {},
    dropout: c.lora_dropout,
    baseModel: c.base_model_name_or_path ?? null,
    otherKeys: Object.fromEntries(Object.entries(c).filter(([key]) => !Object.hasOwn(schema.shape, key))),
  };
}

/** The adapter_config.json that PEFT reads. */
export function adapterConfigJson(config: LoraConfig): Record<string, unknown> {
  return {
    task_type: 'CAUSAL_LM',
    bias: 'none',
    fan_in_fan_out: false,
    ...config.otherKeys,
    // As PEFT saves: opened for use, not for more training, unless its reader says so.
    inference_mode: true,
    peft_type: 'LORA',
    base_model_name_or_path: config.baseModel,
    r: config.rank,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    use_rslora: config.useRslora,
    use_dora: config.useDora,
    target_modules: config.targetModules,
    exclude_modules: config.excludeModules,
    layers_to_transform: config.layers,
    modules_to_save: config.modulesToSave.length === 0 ? null : config.modulesToSave,
    rank_pattern: config.rankPattern,
    alpha_pattern: config.alphaPattern,
  };
}

// The ways to start a new adapter that leave the model itself as it was.
const plainStarts: readonly unknown[] = [true, false, 'gaussian', 'orthogonal', 'eva', null, undefined];

// Each would change the numbers silently if it were ignored.
const isUsed = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && JSON.stringify(value) !== '[]';
const notImplemented: Readonly<Record<string, (value: unknown) => boolean>> = {
  bias: (value) => (value ?? 'none') !== 'none',
  init_lora_weights: (value) => !plainStarts.includes(value),
  ...Object.fromEntries(
    [
      'lora_bias',
      'layers_pattern',
      'layer_replication',
      'target_parameters',
      'trainable_token_indices',
      'alora_invocation_tokens',
      'arrow_config',
      'kasa_config',
      'monteclora_config',
      'velora_config',
      'use_bdlora',
      'use_qalora',
    ].map((key) => [key, isUsed]),
  ),
};

function rejectUnknownMeanings(json: Json, where: string): void {
  for (const [key, counts] of Object.entries(notImplemented)) {
    if (!counts(json[key])) continue;
    throw new RlloomError('model', {
      what: `${key} = ${JSON.stringify(json[key])} is not implemented`,
      where: `${where}: ${key}`,
      fix: 'merge the adapter into its model with PEFT (merge_and_unload) and load that',
    });
  }
}
