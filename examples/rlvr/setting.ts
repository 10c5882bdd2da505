import { type CharacterTokenizerOptions, type ModelConfig, parseModelConfig } from '@rlloom/models';
import { deriveSeed, type Task, type Tokenizer } from '@rlloom/spec';

/** One token per digit and sign. */
export const vocabulary: CharacterTokenizerOptions = { tokens: [...'0123456789+='] };

/** A two-layer model of 0.1 M parameters for a tokenizer. */
export function modelConfig(tokenizer: Tokenizer): ModelConfig {
  return parseModelConfig({
    model_type: 'qwen2',
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 192,
    max_position_embeddings: 32,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    pad_token_id: tokenizer.padTokenId,
    eos_token_id: tokenizer.eosTokenIds[0],
  });
}

/** Sums of two digits, e.g. `2+3=`. */
export function sums(count: number, seed: number): Task[] {
  return Array.from({ length: count }, (_, i) => {
    const [a, b] = [deriveSeed(seed, 'a', i) % 5, deriveSeed(seed, 'b', i) % 5];
    return {
      id: `sum-${i}`,
      tag: 'sum',
      messages: [{ role: 'user', content: `${a}+${b}=` }],
      groundTruth: { finalAnswer: String(a + b) },
    };
  });
}
