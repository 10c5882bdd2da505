import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { families, familyOf } from '../families/families.ts';
import type { ModelConfig } from './model-config.ts';

const typed = z.looseObject({ model_type: z.string() });

/**
 * The configuration in a Hugging Face config.json, in the keys of transformers 4 (`rope_theta`) or 5
 * (`rope_parameters`).
 *
 * @param json the parsed file
 * @param where named in errors; default `config.json`
 * @throws RlloomError kind `model` for an unknown `model_type`, a wrong value, or an option that is not implemented
 * @example
 * ```ts
 * const config = parseModelConfig({
 *   model_type: 'qwen2', vocab_size: 64, hidden_size: 32, intermediate_size: 64,
 *   num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2,
 * });
 * config.headDim; // => 8
 * ```
 */
export function parseModelConfig(json: unknown, where = 'config.json'): ModelConfig {
  const parsed = typed.safeParse(json);
  if (!parsed.success) {
    throw new RlloomError('model', {
      what: 'there is no model_type, so the family of the model is unknown',
      where,
      fix: `expected a Hugging Face config.json with one of: ${Object.keys(families).join(', ')}`,
    });
  }
  return familyOf(parsed.data.model_type, where).parseConfig(parsed.data, where);
}
