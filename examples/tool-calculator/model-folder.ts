import { characterTokenizerFiles, createModel, parseModelConfig, saveModel } from '@rlloom/models';
import { selectBackend } from '@rlloom/tensor';

/** How a call begins and ends: one token each, so that a small model learns calls and not JSON. */
export const call = {
  open: '<tool_call>{"name": "calculator", "arguments": {"expression": "',
  close: '"}}</tool_call>',
};

// Prompts end with `=` or `?`; answers of tools and games stand in brackets. No marks of roles: a base model needs none.
const chatTemplate =
  "{% for m in messages %}{% if m.role == 'tool' or (m.role == 'user' and loop.index0 > 0) %}[{{ m.content }}]{% else %}{{ m.content }}{% endif %}{% if m.role == 'assistant' %}<eos>{% endif %}{% endfor %}";

/** Writes a Hugging Face folder with a small seeded Qwen2 model (0.1 M parameters) and its tokenizer. */
export async function makeModelFolder(directory: string, seed: number): Promise<void> {
  await selectBackend({ backend: 'cpu' });
  const config = parseModelConfig({
    model_type: 'qwen2',
    vocab_size: 40,
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 192,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    rope_theta: 10_000,
    pad_token_id: 0,
    eos_token_id: 1,
  });
  const model = createModel(config, { seed });
  const tokenizer = characterTokenizerFiles({
    tokens: [call.open, call.close, '####', 'higher', 'lower', ...'0123456789', ...'+-*=?[]'],
    chatTemplate,
  });
  await saveModel(model, directory, { tokenizerFrom: tokenizer });
  model.dispose();
}
