import { type CausalLanguageModel, createModel, parseModelConfig } from '@rlloom/models';

/** A seeded two-layer model with a vocabulary of 12, for tests. */
export function tinyModel(seed: number): CausalLanguageModel {
  const config = parseModelConfig({
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    intermediate_size: 24,
    vocab_size: 12,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
    initializer_range: 0.1,
  });
  return createModel(config, { seed });
}
