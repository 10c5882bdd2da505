import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { families } from '../families/families.ts';
import { fixturePath } from '../testing/small-model.ts';
import { parseModelConfig } from './parse-model-config.ts';

const read = async (name: string) =>
  JSON.parse(await readFile(join(fixturePath('models/qwen2'), name), 'utf8')) as Record<string, unknown>;

describe('parseModelConfig', () => {
  it('reads the keys of transformers 4 and 5 alike', async () => {
    const config = parseModelConfig(await read('config.json'));
    expect(config).toMatchObject({
      numKeyValueHeads: 2,
      headDim: 16,
      ropeTheta: 1e6,
      tieWordEmbeddings: true,
      eosTokenIds: [501],
    });
    expect(parseModelConfig(await read('config.v5.json'))).toEqual(config);
  });

  it('reads back what it writes', async () => {
    const config = parseModelConfig({ ...(await read('config.json')), head_dim: 8, eos_token_id: [1, 2] });
    expect(parseModelConfig(families.qwen2.writeConfig(config))).toEqual({
      ...config,
      otherKeys: expect.objectContaining(config.otherKeys) as unknown,
    });
  });

  it.each([
    ['use_sliding_window', true],
    ['layer_types', ['full_attention', 'sliding_attention']],
    ['rope_scaling', { type: 'yarn', factor: 4 }],
    ['rope_parameters', { rope_type: 'linear', rope_theta: 1e6, factor: 2 }],
    ['hidden_act', 'gelu'],
    ['attention_dropout', 0.1],
    ['attention_bias', false],
    ['quantization_config', { quant_method: 'gptq' }],
  ])('refuses %s = %j', async (key, value) => {
    const json = { ...(await read('config.json')), [key]: value };
    expect(() => parseModelConfig(json)).toThrow(
      `config.json: ${key}: ${key} = ${JSON.stringify(value)} is not implemented`,
    );
  });

  it.each([
    ['hidden_size', '64', /hidden_size: Invalid input/],
    ['num_attention_heads', 5, /hidden_size 64 is not divisible by num_attention_heads 5/],
    ['num_key_value_heads', 3, /num_attention_heads 4 is not divisible by num_key_value_heads 3/],
    ['head_dim', 7, /head_dim 7 is odd/],
  ])('refuses %s = %j', async (key, value, message) => {
    const json = { ...(await read('config.json')), [key]: value };
    expect(() => parseModelConfig(json)).toThrow(message);
  });

  it('needs a known family', () => {
    expect(() => parseModelConfig({})).toThrow(/there is no model_type/);
    expect(() => parseModelConfig(null)).toThrow(/there is no model_type/);
    expect(() => parseModelConfig({ model_type: 'toString' })).toThrow(/"toString" is not supported/);
  });
});
