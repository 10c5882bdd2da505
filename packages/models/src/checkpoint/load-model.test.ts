import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRlloomError } from '@rlloom/spec';
import { selectBackend, tf } from '@rlloom/tensor';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixturePath, smallModel } from '../testing/small-model.ts';
import { loadModel } from './load-model.ts';
import { saveModel } from './save-model.ts';

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-load-'));
});

const weights = () => join(directory, 'model.safetensors');
const copyFixture = (name: string) => cp(fixturePath(`models/${name}`), directory, { recursive: true });

async function failure(): Promise<string> {
  const before = tf.memory().numTensors;
  const error: unknown = await loadModel(directory).catch((reason: unknown) => reason);
  expect(isRlloomError(error) && error.kind).toBe('model');
  expect(tf.memory().numTensors).toBe(before);
  return (error as Error).message.replaceAll(directory, 'DIR');
}

async function editConfig(change: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(directory, 'config.json');
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as object), ...change }));
}

// Rewrites the header of model.safetensors; `edit` gets its parsed form.
async function editHeader(
  edit: (header: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>) => void,
): Promise<void> {
  const bytes = await readFile(weights());
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as never;
  edit(header);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  await writeFile(weights(), Buffer.concat([size, text, bytes.subarray(8 + length)]));
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
});

describe('a broken model folder', () => {
  it('does not exist', async () => {
    await rm(directory, { recursive: true });
    expect(await failure()).toMatch(/^DIR\/config\.json: the file is missing\n {2}→ give the path of a Hugging Face/);
  });

  it('has no weights', async () => {
    await copyFixture('qwen2');
    await rm(weights());
    expect(await failure()).toMatch(
      /^DIR: the folder has neither model\.safetensors nor model\.safetensors\.index\.json\n {2}→ download/,
    );
    await writeFile(join(directory, 'pytorch_model.bin'), '');
    expect(await failure()).toMatch(/→ convert pytorch_model\.bin to safetensors/);
  });

  it('lacks a shard', async () => {
    const model = smallModel();
    await saveModel(model, directory, { maxShardBytes: 4000 });
    model.dispose();
    await rm(join(directory, 'model-00002-of-00006.safetensors'));
    expect(await failure()).toMatch(/^DIR\/model-00002-of-00006\.safetensors: the file is missing/);
  });

  it('has an index that is not one', async () => {
    await copyFixture('qwen2');
    await rm(weights());
    await writeFile(join(directory, 'model.safetensors.index.json'), '{"weight_map": {"a": "../other.safetensors"}}');
    expect(await failure()).toMatch(/index\.json: the index has no valid weight_map/);
  });

  it('has a file that is truncated', async () => {
    await copyFixture('qwen2');
    const bytes = await readFile(weights());
    await writeFile(weights(), bytes.subarray(0, bytes.length - 100));
    expect(await failure()).toMatch(
      /^DIR\/model\.safetensors: model\.\S+: the file is truncated: it ends 100 bytes before the tensor/,
    );
    await writeFile(weights(), bytes.subarray(0, 50));
    expect(await failure()).toMatch(/the file is truncated: 50 bytes, its header alone has/);
    await writeFile(weights(), bytes.subarray(0, 5));
    expect(await failure()).toMatch(/5 bytes are too few for a header/);
    await writeFile(weights(), 'version https://git-lfs.github.com/spec/v1\n');
    expect(await failure()).toMatch(/no safetensors file/);
  });

  it('has a tensor of another shape', async () => {
    await copyFixture('qwen2');
    await editConfig({ intermediate_size: 111 });
    expect(await failure()).toMatch(
      /model\.safetensors: model\.layers\.0\.mlp\.gate_proj\.weight: the shape is \[112, 64\], config\.json asks for \[111, 64\]/,
    );
  });

  it('lacks a tensor, or has one too many', async () => {
    await copyFixture('qwen2');
    await editConfig({ num_hidden_layers: 3 });
    expect(await failure()).toMatch(/^DIR: no weight file has the tensor model\.layers\.2\.self_attn\.q_proj\.weight/);
    await editConfig({ num_hidden_layers: 1 });
    expect(await failure()).toMatch(
      /model\.layers\.1\.\S+: a qwen2 causal language model of 1 layers has no such tensor/,
    );
  });

  it('has a number type that is not read', async () => {
    await copyFixture('qwen2');
    await editHeader((header) => {
      Object.assign(header['model.norm.weight'] ?? {}, { dtype: 'I32' });
    });
    expect(await failure()).toMatch(
      /model\.safetensors: model\.norm\.weight: number type I32 is not supported\n {2}→ convert/,
    );
  });

  it('has a weight that is not a number', async () => {
    const model = smallModel();
    const previous = model.parameters['model.norm.weight'];
    model.setParameters({
      ...model.parameters,
      'model.norm.weight': tf.tensor1d([...new Array<number>(15).fill(1), Number.NaN]),
    });
    expect(previous?.isDisposed).toBe(true);
    await saveModel(model, directory);
    model.dispose();
    expect(await failure()).toMatch(
      /model\.safetensors: model\.norm\.weight: element 15 is NaN\n {2}→ the weights are damaged/,
    );
  });

  it('is of a family that is not built', async () => {
    await copyFixture('qwen2');
    await editConfig({ model_type: 'mamba' });
    expect(await failure()).toMatch(/^DIR\/config\.json: model_type "mamba" is not supported\n {2}→ .*qwen2/);
  });

  it('has a config.json that is not JSON', async () => {
    await copyFixture('qwen2');
    await writeFile(join(directory, 'config.json'), '{');
    expect(await failure()).toMatch(/^DIR\/config\.json: the file is not valid JSON/);
  });
});
