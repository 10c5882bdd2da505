import { RlloomError } from '@rlloom/spec';

type Json = Readonly<Record<string, unknown>>;

// Each would change the numbers silently if it were ignored.
const notImplemented: Readonly<Record<string, (json: Json) => boolean>> = {
  use_sliding_window: (json) => json['use_sliding_window'] === true,
  layer_types: (json) =>
    Array.isArray(json['layer_types']) && json['layer_types'].some((type) => type !== 'full_attention'),
  rope_scaling: (json) => hasRopeScaling(json['rope_scaling']),
  rope_parameters: (json) => hasRopeScaling(json['rope_parameters']),
  partial_rotary_factor: (json) => (json['partial_rotary_factor'] ?? 1) !== 1,
  hidden_act: (json) => (json['hidden_act'] ?? 'silu') !== 'silu',
  attention_dropout: (json) => (json['attention_dropout'] ?? 0) !== 0,
  attention_bias: (json) => (json['attention_bias'] ?? true) !== true,
  mlp_bias: (json) => (json['mlp_bias'] ?? false) !== false,
  quantization_config: (json) => json['quantization_config'] !== undefined && json['quantization_config'] !== null,
};

/**
 * Refuses options of config.json that the decoder does not implement.
 *
 * @throws RlloomError kind `model` naming the option and its value
 */
export function rejectOptions(json: Json, where: string): void {
  for (const [key, isUsed] of Object.entries(notImplemented)) {
    if (!isUsed(json)) continue;
    throw new RlloomError('model', {
      what: `${key} = ${JSON.stringify(json[key])} is not implemented`,
      where: `${where}: ${key}`,
      fix: 'choose a model without it',
    });
  }
}

function hasRopeScaling(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { rope_type: ropeType, type } = value as Json;
  const partial = (value as Json)['partial_rotary_factor'] ?? 1;
  return (ropeType ?? type ?? 'default') !== 'default' || partial !== 1;
}
