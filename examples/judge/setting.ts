import { type CharacterTokenizerOptions, type ModelConfig, parseModelConfig } from '@rlloom/models';
import type { JudgeRecord, JudgeTasksOptions } from '@rlloom/rewards';
import { deriveSeed, type Tokenizer } from '@rlloom/spec';

const polite = ['please', 'thanks'];
const plain = ['send', 'open', 'the', 'book', 'door', 'now'];

/** One token per word of what is judged, per character of a fence, and per part of a judgement. */
export const vocabulary: CharacterTokenizerOptions = {
  tokens: ['[begin answer ', '[end answer ', 'VERDICT ', 'politeness=', ...polite, ...plain, ...'0123456789abcdef ]\n'],
  chatTemplate: '{% for message in messages %}{{ message.content }}{% endfor %}\n',
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
    max_position_embeddings: 64,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    pad_token_id: tokenizer.padTokenId,
    eos_token_id: tokenizer.eosTokenIds[0],
  });
}

/**
 * How the judge is asked, in training and in use. A model this small is shown the answer alone, between its fences, and is
 * asked for no code word.
 */
export const question: NonNullable<JudgeTasksOptions['modelEval']> = {
  criteria: [{ name: 'politeness', description: 'how many polite words there are', scale: { min: 0, max: 2 } }],
  systemPrompt: '',
  prompt: '{response}',
  answerFormat: 'line',
  verdictCode: false,
};

/** Letters of four words, 0 to 2 of them polite, and the right score. */
export function letters(count: number, seed: number): Extract<JudgeRecord, { readonly scores: object }>[] {
  return Array.from({ length: count }, (_, i) => {
    const politeness = deriveSeed(seed, 'politeness', i) % 3;
    const first = deriveSeed(seed, 'place', i) % 4;
    const words = Array.from({ length: 4 }, (_, place) => {
      const from = (place - first + 4) % 4 < politeness ? polite : plain;
      return from[deriveSeed(seed, 'word', i, place) % from.length]!;
    });
    return {
      task: { id: `letter-${seed}-${i}`, tag: 'letter', messages: [{ role: 'user', content: 'Write a letter.' }] },
      response: words.join(' '),
      scores: { politeness },
    };
  });
}
