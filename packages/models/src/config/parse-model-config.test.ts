import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { families, isModelType } from '../families/families.ts';
import { fixturePath } from '../testing/small-model.ts';
import { parseModelConfig } from './parse-model-config.ts';

type Json = Record<string, unknown>;

const read = async (family: string, name = 'config.json') =>
  JSON.parse(await readFile(join(fixturePath(`models/${family}`), name), 'utf8')) as Json;

const folders = ['gemma2', 'gemma3', 'gpt2', 'llama', 'mistral', 'phi3', 'qwen2', 'qwen3', 'qwen3_moe'];

// A window in every second layer, a part of each head rotated, experts in every second layer, and so on.
const variants: [string, Json][] = [
  ['gemma2', { attn_logit_softcapping: null, final_logit_softcapping: null, query_pre_attn_scalar: 24 }],
  ['gemma3', { rope_scaling: { rope_type: 'linear', factor: 8 }, final_logit_softcapping: 20 }],
  ['gpt2', { n_inner: 100, scale_attn_weights: false, tie_word_embeddings: false }],
  ['llama', { attention_bias: true, mlp_bias: true, head_dim: null }],
  ['llama', { rope_scaling: { type: 'dynamic', factor: 2 } }],
  ['llama', { rope_scaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 128 } }],
  ['mistral', { sliding_window: null }],
  ['phi3', { partial_rotary_factor: 0.5, sliding_window: 7 }],
  [
    'phi3',
    {
      original_max_position_embeddings: 64,
      rope_scaling: { type: 'longrope', short_factor: [1, 1, 2, 2, 3, 3], long_factor: [1, 2, 3, 4, 5, 6] },
    },
  ],
  ['qwen2', { head_dim: 8, eos_token_id: [1, 2] }],
  ['qwen2', { use_sliding_window: true, sliding_window: 5, max_window_layers: 1, layer_types: undefined }],
  ['qwen3', { attention_bias: true }],
  ['qwen3_moe', { mlp_only_layers: [0], norm_topk_prob: false, use_sliding_window: true, sliding_window: 5 }],
  ['qwen3_moe', { decoder_sparse_step: 2 }],
];

describe('parseModelConfig', () => {
  it('reads sizes, special tokens and positions', async () => {
    expect(parseModelConfig(await read('qwen2'))).toMatchObject({
      numKeyValueHeads: 2,
      headDim: 16,
      rotaries: [{ theta: 1e6, width: 16 }],
      tieWordEmbeddings: true,
      eosTokenIds: [501],
    });
  });

  it.each(folders)('reads the keys of transformers 4 and 5 alike: %s', async (folder) => {
    expect(parseModelConfig(await read(folder, 'config.v5.json'))).toEqual(parseModelConfig(await read(folder)));
  });

  it.each([...folders.map((folder): [string, Json] => [folder, {}]), ...variants])(
    'reads back what it writes: %s %j',
    async (folder, changes) => {
      const config = parseModelConfig({ ...(await read(folder)), ...changes });
      const written = JSON.parse(JSON.stringify(families[config.modelType].writeConfig(config))) as Json;
      expect(parseModelConfig(written)).toEqual({
        ...config,
        otherKeys: expect.objectContaining(config.otherKeys) as unknown,
      });
    },
  );

  it('gives each layer its window', async () => {
    const windows = (json: Json) => parseModelConfig(json).layers.map(({ window }) => window);
    const [gemma2, gemma3, qwen2, mistral] = [
      await read('gemma2'),
      await read('gemma3'),
      await read('qwen2'),
      await read('mistral'),
    ];
    expect(windows({ ...gemma2, layer_types: undefined, num_hidden_layers: 3 })).toEqual([6, null, 6]);
    expect(windows({ ...gemma3, layer_types: undefined, num_hidden_layers: 7 })).toEqual([6, 6, 6, 6, 6, null, 6]);
    expect(windows({ ...gemma3, layer_types: undefined, sliding_window_pattern: 2 })).toEqual([6, null, 6]);
    const sliding = { ...qwen2, use_sliding_window: true, sliding_window: 9, layer_types: undefined };
    expect(windows({ ...sliding, max_window_layers: 1 })).toEqual([null, 9]);
    expect(windows({ ...sliding, use_sliding_window: false, max_window_layers: 0 })).toEqual([null, null]);
    expect(windows(mistral)).toEqual([6, 6]);
    expect(windows({ ...mistral, sliding_window: null })).toEqual([null, null]);
    expect(windows({ ...mistral, sliding_window: undefined })).toEqual([4096, 4096]);
  });

  it.each([
    ['qwen2', 'layer_types', ['full_attention', 'chunked_attention']],
    ['qwen2', 'hidden_act', 'gelu'],
    ['qwen2', 'attention_dropout', 0.1],
    ['qwen2', 'attention_bias', false],
    ['qwen2', 'partial_rotary_factor', 0.5],
    ['llama', 'quantization_config', { quant_method: 'gptq' }],
    ['llama', 'hidden_act', 'relu'],
    ['gemma2', 'use_bidirectional_attention', true],
    ['gemma3', 'hidden_activation', 'gelu'],
    ['gpt2', 'scale_attn_by_inverse_layer_idx', true],
    ['gpt2', 'activation_function', 'relu'],
    ['qwen3_moe', 'output_router_logits', true],
  ])('refuses %s with %s = %j', async (folder, key, value) => {
    const json = { ...(await read(folder)), [key]: value };
    expect(() => parseModelConfig(json)).toThrow(
      `config.json: ${key}: ${key} = ${JSON.stringify(value)} is not implemented`,
    );
  });

  it.each([
    ['qwen2', 'hidden_size', '64', /hidden_size: Invalid input/],
    ['qwen2', 'num_attention_heads', 5, /hidden_size 64 is not divisible by num_attention_heads 5/],
    ['qwen2', 'num_key_value_heads', 3, /num_attention_heads 4 is not divisible by num_key_value_heads 3/],
    ['qwen2', 'head_dim', 7, /head_dim 7 is odd/],
    ['qwen2', 'layer_types', ['full_attention'], /layer_types has 1 entries, num_hidden_layers is 2/],
    ['qwen2', 'layer_types', ['full_attention', 'sliding_attention'], /there is no sliding_window/],
    ['gpt2', 'n_head', 5, /n_embd 48 is not divisible by n_head 5/],
    ['llama', 'rope_scaling', { rope_type: 'axial' }, /is not implemented.*linear, dynamic, llama3, yarn, longrope/s],
    ['llama', 'rope_scaling', { rope_type: 'linear' }, /rope_scaling\.factor/],
    ['phi3', 'rope_scaling', { type: 'longrope', short_factor: [1], long_factor: [1] }, /6 numbers/],
    ['qwen3_moe', 'num_experts_per_tok', 5, /num_experts_per_tok 5 .*4/],
  ] as const)('refuses %s with %s = %j', async (...[folder, key, value, message]) => {
    const json = { ...(await read(folder)), [key]: value };
    expect(() => parseModelConfig(json)).toThrow(message);
  });

  it('needs a known family', () => {
    expect(() => parseModelConfig({})).toThrow(/there is no model_type/);
    expect(() => parseModelConfig(null)).toThrow(/there is no model_type/);
    expect(() => parseModelConfig({ model_type: 'toString' })).toThrow(/"toString" is not supported/);
    expect(isModelType('llama')).toBe(true);
    expect(isModelType('constructor')).toBe(false);
  });
});
