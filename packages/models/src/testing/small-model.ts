import { fileURLToPath } from 'node:url';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { createModel } from '../create-model.ts';

/** config.json of a model with grouped heads and weights far from 0; `overrides` in the keys of the file. */
export function smallConfig(overrides: Readonly<Record<string, unknown>> = {}): ModelConfig {
  return parseModelConfig({
    model_type: 'qwen2',
    vocab_size: 23,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    initializer_range: 0.5,
    tie_word_embeddings: true,
    ...overrides,
  });
}

/** A model of {@link smallConfig}. */
export function smallModel(overrides: Readonly<Record<string, unknown>> = {}, seed = 1): CausalLanguageModel {
  return createModel(smallConfig(overrides), { seed });
}

/** The folder of a fixture below `tools/fixtures`. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../../../tools/fixtures/${name}`, import.meta.url));
}
