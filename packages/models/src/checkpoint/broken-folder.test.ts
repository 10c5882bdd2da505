import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRlloomError } from '@rlloom/spec';
import { selectBackend, tf } from '@rlloom/tensor';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixturePath, smallModel } from '../testing/small-model.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
import { loadModel } from './load-model.ts';
import { saveModel } from './save-model.ts';
import { readTensors, writeTensors } from './tensor-file.ts';

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-broken-'));
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

// Rewrites a weight file, or writes a changed copy of it; without names, that of a new small model.
async function editTensors(
  edit: (tensors: Readonly<Record<string, tf.Tensor>>) => Readonly<Record<string, tf.Tensor>>,
  from?: string,
  to = 'model.safetensors',
): Promise<void> {
  if (from === undefined) {
    const model = smallModel();
    await saveModel(model, directory);
    model.dispose();
  }
  const tensors = await readTensors(join(directory, from ?? to));
  await rm(join(directory, to));
  await writeTensors(join(directory, to), edit(tensors));
  tf.dispose(tensors);
}

describe('a broken model folder', () => {
  it('does not exist', async () => {
    await rm(directory, { recursive: true });
    expect(await failure()).toMatch(/^DIR: there is no such model folder\n {2}→ give the path of a Hugging Face/);
  });

  it('has no config.json', async () => {
    expect(await failure()).toMatch(/^DIR\/config\.json: the file is missing\n {2}→ give the path of a Hugging Face/);
  });

  it('has no weights', async () => {
    await copyFixture('qwen2');
    await rm(weights());
    expect(await failure()).toMatch(
      /^DIR: the folder has neither model\.safetensors nor model\.safetensors\.index\.json\n {2}→ download/,
    );
    await writeFile(join(directory, 'pytorch_model.bin'), '');
    expect(await failure()).toMatch(
      /→ convert pytorch_model\.bin, .*from_pretrained\("DIR"\)\.save_pretrained\("DIR"\)/,
    );
    await rm(join(directory, 'pytorch_model.bin'));
    await writeFile(join(directory, 'model.Q4_K_M.gguf'), '');
    expect(await failure()).toMatch(/→ model\.Q4_K_M\.gguf is in the format of llama\.cpp/);
  });

  it('lacks a shard', async () => {
    const model = smallModel();
    await saveModel(model, directory, { maxShardBytes: 4000 });
    model.dispose();
    await rm(join(directory, 'model-00002-of-00006.safetensors'));
    expect(await failure()).toMatch(
      /^DIR\/model-00002-of-00006\.safetensors: the file is missing\n {2}→ download or copy the whole model folder again/,
    );
  });

  it('has an index that is not one', async () => {
    await copyFixture('qwen2');
    await rm(weights());
    for (const text of ['{"weight_map": {"a": "../other.safetensors"}}', '{"weight_map": {}}', '[]']) {
      await writeFile(join(directory, 'model.safetensors.index.json'), text);
      expect(await failure()).toMatch(/^DIR\/model\.safetensors\.index\.json: the index has no valid weight_map/);
    }
    await writeFile(join(directory, 'model.safetensors.index.json'), '{"weight_map": ');
    expect(await failure()).toMatch(/^DIR\/model\.safetensors\.index\.json: the file is not valid JSON/);
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

  it('lacks tensors: every one is named', async () => {
    await copyFixture('qwen2');
    await editConfig({ num_hidden_layers: 4, layer_types: undefined });
    const message = await failure();
    expect(message).toMatch(/^DIR: no weight file has model\.layers\.\{2-3\}\.self_attn\.q_proj\.weight, /);
    expect(message).toContain('model.layers.{2-3}.post_attention_layernorm.weight, which a qwen2');
    expect(message.match(/\{2-3\}/g)).toHaveLength(12);
  });

  it('has tensors that the model does not have: every one is named', async () => {
    await copyFixture('qwen2');
    await editConfig({ num_hidden_layers: 1, layer_types: undefined });
    const message = await failure();
    expect(message).toMatch(
      /^DIR\/model\.safetensors: model\.layers\.1\.\S+, .* causal language model of 1 layers has no/,
    );
    expect(message.match(/model\.layers\.1\./g)).toHaveLength(12);
  });

  it('lacks tensors and has others', async () => {
    await editTensors((tensors) => {
      const { 'model.norm.weight': norm, ...others } = tensors;
      return { ...others, ...(norm === undefined ? {} : { 'model.final_norm.weight': norm }) };
    });
    expect(await failure()).toMatch(
      /^DIR: no weight file has model\.norm\.weight, which .* needs; they hold others, .*: model\.final_norm\.weight/,
    );
  });

  it('has several tensors of another shape: every one is named', async () => {
    await copyFixture('qwen2');
    await editConfig({ intermediate_size: 111 });
    expect(await failure()).toContain(
      '; also misshapen: model.layers.{0-1}.mlp.up_proj.weight, model.layers.{0-1}.mlp.down_proj.weight, model.layers.1.mlp.gate_proj.weight\n',
    );
  });

  it('has a tensor twice', async () => {
    const model = smallModel();
    await saveModel(model, directory, { maxShardBytes: 4000 });
    model.dispose();
    await editTensors((tensors) => tensors, 'model-00002-of-00006.safetensors', 'model-00003-of-00006.safetensors');
    expect(await failure()).toMatch(
      /^DIR\/model-00003-of-00006\.safetensors: model\.layers\.\S+: the tensor is in DIR\/model-00002-of-00006\.safetensors as well/,
    );
  });

  it('has an index that promises more than the files hold', async () => {
    const model = smallModel();
    await saveModel(model, directory, { maxShardBytes: 4000 });
    model.dispose();
    const shard = 'model-00006-of-00006.safetensors';
    await editTensors(({ 'model.norm.weight': _, ...others }) => others, shard, shard);
    expect(await failure()).toMatch(
      /^DIR\/model-00006-of-00006\.safetensors: model\.norm\.weight: model\.safetensors\.index\.json says/,
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

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('has a weight that is %s', async (value) => {
    await editTensors((tensors) => ({
      ...tensors,
      'model.norm.weight': tf.tensor1d([...new Array<number>(15).fill(1), value]),
    }));
    expect(await failure()).toMatch(
      new RegExp(`model\\.safetensors: model\\.norm\\.weight: element 15 is ${value}\n {2}→ the weights are damaged`),
    );
    const model = await loadModel(directory, { allowNonFinite: true });
    expect((await model.parameters['model.norm.weight']?.data())?.[15]).toBe(value);
    model.dispose();
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

  it('has a generation_config.json that is not JSON', async () => {
    await copyFixture('qwen2');
    await writeFile(join(directory, 'generation_config.json'), '{"eos_token_id": ');
    expect(await failure()).toMatch(
      /^DIR\/generation_config\.json: the file is not valid JSON\n {2}→ download or copy/,
    );
  });
});

describe('a broken tokenizer', () => {
  const messageOf = async (run: () => unknown) => {
    try {
      await run();
    } catch (error) {
      expect(isRlloomError(error) && error.kind).toBe('model');
      return (error as Error).message.replaceAll(directory, 'DIR');
    }
    return 'nothing was thrown';
  };

  it('is not there', async () => {
    await copyFixture('qwen2');
    await rm(join(directory, 'tokenizer.json'));
    expect(await messageOf(() => loadTokenizer(directory))).toMatch(
      /^DIR\/tokenizer\.json: the file is missing\n {2}→ copy tokenizer\.json/,
    );
  });

  it('is not JSON', async () => {
    await copyFixture('qwen2');
    for (const name of ['tokenizer_config.json', 'tokenizer.json']) {
      await writeFile(join(directory, name), '{"model": {');
      expect(await messageOf(() => loadTokenizer(directory))).toContain(`DIR/${name}: the file is not valid JSON\n`);
    }
  });

  it('has no chat template', async () => {
    await copyFixture('qwen2');
    const path = join(directory, 'tokenizer_config.json');
    const { chat_template: template, ...others } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    expect(template).toBeTypeOf('string');
    await writeFile(path, JSON.stringify(others));
    const tokenizer = await loadTokenizer(directory);
    expect(
      await messageOf(() => tokenizer.renderChat([{ role: 'user', content: 'hi' }], { addGenerationPrompt: true })),
    ).toMatch(/^DIR.*: the tokenizer has no chat template\n {2}→ .*add chat_template\.jinja/);
  });
});
