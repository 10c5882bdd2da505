import { readFile } from 'node:fs/promises';
import { isRlloomError } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../testing/small-model.ts';
import { adapterConfigJson, parseAdapterConfig } from './adapter-config-file.ts';

const minimal = { peft_type: 'LORA', target_modules: ['q_proj'] };

describe('parseAdapterConfig', () => {
  it('reads what PEFT writes, and writes it again', async () => {
    const text = await readFile(fixturePath('models/qwen2_lora/adapter_config.json'), 'utf8');
    const json = JSON.parse(text) as Record<string, unknown>;
    const config = parseAdapterConfig(json);
    expect(config).toMatchObject({
      rank: 4,
      alpha: 8,
      useRslora: false,
      useDora: false,
      targetModules: ['q_proj', 'v_proj'],
      excludeModules: null,
      layers: null,
      modulesToSave: [],
      dropout: 0,
      baseModel: '../qwen2',
    });
    expect(adapterConfigJson(config)).toEqual(json);
  });

  it("has PEFT's defaults", () => {
    expect(parseAdapterConfig(minimal)).toMatchObject({
      rank: 8,
      alpha: 8,
      dropout: 0,
      modulesToSave: [],
      rankPattern: {},
    });
  });

  it.each([
    [{ peft_type: 'IA3' }, /peft_type/],
    [{ r: 0 }, /^adapter_config\.json: r: /],
    [{ target_modules: null }, /target_modules/],
    [{ bias: 'all' }, /bias = "all" is not implemented/],
    [{ lora_bias: true }, /lora_bias = true/],
    [{ init_lora_weights: 'pissa' }, /init_lora_weights = "pissa"/],
    [{ trainable_token_indices: [3] }, /trainable_token_indices = \[3\]/],
    [{ layer_replication: [[0, 1]] }, /layer_replication/],
  ])('refuses %o', (more, message) => {
    try {
      parseAdapterConfig({ ...minimal, ...more });
      expect.unreachable();
    } catch (error) {
      expect(isRlloomError(error) && error.kind).toBe('model');
      expect(String((error as Error).message)).toMatch(message);
    }
  });
});
