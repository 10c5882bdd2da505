import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend, tf } from '@rlloom/tensor';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixturePath, smallModel } from '../testing/small-model.ts';
import { loadModel } from './load-model.ts';
import { saveModel } from './save-model.ts';
import { readTensors, writeTensors } from './tensor-file.ts';

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-load-'));
});

async function editConfig(change: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(directory, 'config.json');
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as object), ...change }));
}

describe('loadModel', () => {
  it('reads the parameters and the special tokens', async () => {
    const model = await loadModel(fixturePath('models/qwen2'));
    expect(model.config.eosTokenIds).toEqual([501]);
    expect(model.config.padTokenId).toBe(499);
    expect(model.parameterCount).toBe(100288);
    expect(model.parameters['model.layers.1.self_attn.k_proj.bias']?.shape).toEqual([32]);
    model.dispose();
  });

  it('reads several weight files like one', async () => {
    const model = smallModel();
    await saveModel(model, join(directory, 'one'));
    await saveModel(model, join(directory, 'many'), { maxShardBytes: 2000 });
    const [one, many] = [await loadModel(join(directory, 'one')), await loadModel(join(directory, 'many'))];
    for (const [name, tensor] of Object.entries(model.parameters)) {
      const values = await tensor.data();
      expect(await one.parameters[name]?.data(), name).toEqual(values);
      expect(await many.parameters[name]?.data(), name).toEqual(values);
    }
    for (const each of [model, one, many]) each.dispose();
  });

  it('ignores copies of tied embeddings and stored rotary frequencies', async () => {
    const model = smallModel({ tie_word_embeddings: false });
    await saveModel(model, directory);
    await editConfig({ tie_word_embeddings: true });
    const tied = await loadModel(directory);
    expect(Object.keys(tied.parameters)).not.toContain('lm_head.weight');
    for (const each of [model, tied]) each.dispose();
  });

  it('finds the parameters of a folder that was saved from the decoder alone', async () => {
    const model = smallModel();
    await saveModel(model, directory);
    const weights = join(directory, 'model.safetensors');
    const tensors = await readTensors(weights);
    await rm(weights);
    await writeTensors(weights, {
      ...Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name.replace('model.', ''), tensor])),
      'layers.0.self_attn.rotary_emb.inv_freq': tf.tensor([1, 0.1]),
    });
    const again = await loadModel(directory);
    for (const [name, tensor] of Object.entries(model.parameters)) {
      expect(await again.parameters[name]?.data(), name).toEqual(await tensor.data());
    }
    tf.dispose(tensors);
    for (const each of [model, again]) each.dispose();
  });
});
