import { characterTokenizerFiles, createModel, parseModelConfig, saveModel } from '@rlloom/models';
import { selectBackend } from '@rlloom/tensor';
import { type Example, questionOf } from './records.ts';

/**
 * Writes a Hugging Face folder with a small seeded Qwen2 model (0.3 M parameters) and a tokenizer for some examples: the words of
 * the questions are tokens, so that questions are short; answers are written letter by letter, so that there is something to
 * learn.
 */
export async function makeModelFolder(directory: string, examples: readonly Example[], seed: number): Promise<void> {
  await selectBackend({ backend: 'cpu' });
  const words = examples.flatMap((example) => questionOf(example).match(/ ?[A-Za-z]{3,}/g) ?? []);
  const characters = examples.flatMap((example) => [...`${questionOf(example)}${example.answer}`]);
  const code = ['    ', 'return ', 'def ', 'pass'];
  const tokens = [...new Set([...words, ...code, '#### ', ...characters, ...'0123456789 \n'])];
  const tokenizerFrom = characterTokenizerFiles({
    tokens,
    chatTemplate: '{% for message in messages %}{{ message.content }}{% endfor %}\n',
  });
  const config = parseModelConfig({
    model_type: 'qwen2',
    vocab_size: tokens.length + 3,
    hidden_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 6,
    num_key_value_heads: 3,
    intermediate_size: 256,
    max_position_embeddings: 160,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    rope_theta: 10_000,
    pad_token_id: 0,
    eos_token_id: 1,
  });
  const model = createModel(config, { seed });
  await saveModel(model, directory, { tokenizerFrom });
  model.dispose();
}
