import { type CausalLanguageModel, createModel, type GenerateRequest, parseModelConfig } from '@rlloom/models';
import { deriveSeed } from '@rlloom/spec';
import type { Shape } from './shapes.ts';

/** A Qwen2 model of a shape with random weights and tied embeddings; it has no end token. */
export function benchmarkModel(shape: Shape): CausalLanguageModel {
  return createModel(
    parseModelConfig({
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      hidden_size: shape.hiddenSize,
      num_hidden_layers: shape.layers,
      vocab_size: shape.vocabularySize,
      num_attention_heads: shape.heads,
      num_key_value_heads: shape.keyValueHeads,
      intermediate_size: shape.intermediateSize,
      max_position_embeddings: 512,
      tie_word_embeddings: true,
    }),
    { seed: 0 },
  );
}

/** Requests for the whole batch: prompts of random tokens, sampled at temperature 1 from the whole vocabulary. */
export function benchmarkRequests(shape: Shape): GenerateRequest[] {
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: shape.newTokens, eosTokenIds: [] };
  return Array.from({ length: shape.batch }, (_, row) => ({
    promptTokens: randomTokens(shape, row, shape.promptLength),
    seed: row,
    sampling,
  }));
}

/** Random tokens of a row, none of which is the padding. */
export function randomTokens({ vocabularySize }: Shape, row: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, t) => 1 + (deriveSeed(row, t) % (vocabularySize - 1)));
}
