import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { visionFixturePath } from '../testing/vision-fixtures.ts';
import { loadImageProcessorConfig } from './image-processor-config.ts';
import { loadVisionLanguageConfig, loadVisionLanguageModel } from './load-vision-language-model.ts';
import { parseVisionLanguageConfig } from './vision-config.ts';

const read = async (name: string) =>
  JSON.parse(await readFile(visionFixturePath(`${name}/config.json`), 'utf8')) as Record<string, object>;

describe('parseVisionLanguageConfig', () => {
  it('reads the keys of hub checkpoints and of transformers 5', async () => {
    const hub = parseVisionLanguageConfig(await read('hub'));
    expect(hub).toMatchObject({ rotarySections: [1, 1, 2], imageTokenId: 92 });
    expect(hub.text).toMatchObject({ headDim: 8, tieWordEmbeddings: false, eosTokenIds: [95] });
    expect(hub.text.rotaries[0]?.theta).toBe(1e6);
    const nested = parseVisionLanguageConfig(await read('nested'));
    expect(nested).toMatchObject({ rotarySections: [2, 2, 2], vision: { fullAttentionLayers: [2], windowSize: 112 } });
    expect(nested.text).toMatchObject({ tieWordEmbeddings: true, norm: { epsilon: 1e-5 } });
  });

  it.each([
    ['another model type', { model_type: 'qwen2' }, 'model_type'],
    ['sections that do not fill the heads', { rope_scaling: { type: 'mrope', mrope_section: [1, 1, 1] } }, 'sums to 3'],
    ['scaled positions', { rope_scaling: { type: 'yarn', mrope_section: [1, 1, 2] } }, 'rope_scaling'],
    ['a decoder of another width', { hidden_size: 64, num_attention_heads: 8 }, 'out_hidden_size 32'],
    ['no vision tower', { vision_config: undefined }, 'vision_config'],
  ])('refuses %s', async (_, change, message) => {
    const json = { ...(await read('hub')), ...change };
    expect(() => parseVisionLanguageConfig(json, 'm/config.json')).toThrow(message);
    expect(() => parseVisionLanguageConfig(json, 'm/config.json')).toThrow('m/config.json');
  });
});

describe('a broken folder', () => {
  it('names file and tensor', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-vision-'));
    try {
      await expect(loadVisionLanguageConfig(directory)).rejects.toThrow('config.json: the file is missing');
      await expect(loadImageProcessorConfig(directory)).rejects.toThrow('neither preprocessor_config.json');
      await cp(visionFixturePath('hub'), directory, { recursive: true });
      const config = await read('hub');
      await writeFile(
        join(directory, 'config.json'),
        JSON.stringify({ ...config, vision_config: { ...config['vision_config'], depth: 4 } }),
      );
      await expect(loadVisionLanguageModel(directory)).rejects.toThrow('visual.blocks.3.norm1.weight');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
