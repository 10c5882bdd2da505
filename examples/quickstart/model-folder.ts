import { createModel, parseModelConfig, saveModel, characterTokenizerFiles } from '@rlloom/models';
import { selectBackend } from '@rlloom/tensor';

/** The vocabulary: digits, signs, and `####` as one token. */
const tokens = ['####', ' ', ...'0123456789', ...'+-=;'];

/** Writes a Hugging Face folder with a small seeded Qwen2 model (0.1 M parameters) and its tokenizer. */
export async function makeModelFolder(directory: string, seed: number): Promise<void> {
  await selectBackend({ backend: 'cpu' });
  const config = parseModelConfig({
    model_type: 'qwen2',
    vocab_size: 32,
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 192,
    max_position_embeddings: 128,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    rope_theta: 10_000,
    pad_token_id: 0,
    eos_token_id: 1,
  });
  const model = createModel(config, { seed });
  // The prompt is the user's text as it is: a base model needs no chat marks.
  const tokenizer = characterTokenizerFiles({
    tokens,
    chatTemplate: '{% for message in messages %}{{ message.content }}{% endfor %}',
  });
  await saveModel(model, directory, { tokenizerFrom: tokenizer });
  model.dispose();
}
