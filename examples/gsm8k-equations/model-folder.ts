import { characterTokenizerFiles, createModel, parseModelConfig, saveModel } from '@rlloom/models';
import { selectBackend } from '@rlloom/tensor';

/** Writes a Hugging Face folder with a small seeded Qwen2 model (0.3 M parameters) and its tokenizer. */
export async function makeModelFolder(directory: string, seed: number): Promise<void> {
  await selectBackend({ backend: 'cpu' });
  const config = parseModelConfig({
    model_type: 'qwen2',
    vocab_size: 32,
    hidden_size: 96,
    num_hidden_layers: 3,
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
  const tokenizerFrom = characterTokenizerFiles({
    tokens: ['####', ...'0123456789', ...'+-*/=;'],
    chatTemplate: '{% for message in messages %}{{ message.content }}{% endfor %}',
  });
  await saveModel(model, directory, { tokenizerFrom });
  model.dispose();
}
