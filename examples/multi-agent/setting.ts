import { chainConfig } from '@rlloom/environments';
import { type CharacterTokenizerOptions, type ModelConfig, parseModelConfig } from '@rlloom/models';
import type { Task, Tokenizer } from '@rlloom/spec';

/** What it is about. As words of the guide they are free to mean anything. */
const directions = ['north', 'east', 'south', 'west'];

/** One token per word, and a chat template that marks roles. */
export const vocabulary: CharacterTokenizerOptions = {
  tokens: [...directions, 'Sees ', 'Hears ', ': '],
  chatTemplate: '{% for message in messages %}{{ message.content }}{% endfor %}: ',
};

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

/**
 * The guide sees a direction and writes one token; the walker reads that token and nothing else, and writes one. Both are
 * rewarded when the walker goes where the guide was told.
 */
export const workflow = chainConfig.parse({
  type: 'chain',
  links: [
    { name: 'guide', prompt: 'Sees {task}', maxNewTokens: 1 },
    { name: 'walker', prompt: 'Hears {guide}', maxNewTokens: 1 },
  ],
});

/** One task per direction. */
export const tasks: Task[] = directions.map((direction) => ({
  id: direction,
  tag: 'walk',
  messages: [{ role: 'user', content: direction }],
  groundTruth: { finalAnswer: direction },
}));
