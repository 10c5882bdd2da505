import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { selectBackend, tf } from '@rlloom/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAdapter } from '../adapters/adapt-parameters.ts';
import { createAdapter } from '../adapters/create-adapter.ts';
import { mergeAdapter } from '../adapters/merge-adapter.ts';
import { CausalLanguageModel } from '../causal-language-model.ts';
import { loadModel } from '../checkpoint/load-model.ts';
import { parameterShapes } from '../decoder/parameter-shapes.ts';
import { fixturePath, smallConfig, smallModel } from '../testing/small-model.ts';
import { characterTokenizerFiles } from '../tokenizer/character-tokenizer.ts';
import { saveGguf, type SaveGgufOptions } from './save-gguf.ts';

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
  directory = await mkdtemp(join(tmpdir(), 'rlloom-gguf-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The file as the reader of Hugging Face sees it. */
async function saved(source: Parameters<typeof saveGguf>[0], options: SaveGgufOptions = {}) {
  const path = join(directory, 'model.gguf');
  await saveGguf(source, path, options);
  const { metadata, tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true });
  const bytes = await readFile(path);
  const tensors = new Map(tensorInfos.map((info) => [info.name, { ...info, shape: info.shape.map(Number) }]));
  const values = (name: string): number[] => {
    const info = tensors.get(name);
    if (info === undefined) throw new Error(`no tensor ${name}`);
    const start = Number(tensorDataOffset + info.offset);
    const size = info.shape.reduce((a, b) => a * b, 1);
    return [...new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + start + 4 * size))];
  };
  return { path, metadata: metadata as Record<string, unknown>, tensors, values };
}

async function numbers(model: CausalLanguageModel, name: string): Promise<number[]> {
  return [...(await (model.parameters[name] as tf.Tensor).data())];
}

describe('saveGguf', () => {
  it('describes the model and stores its parameters under the names of llama.cpp', async () => {
    const model = smallModel();
    const { metadata, tensors, values } = await saved(model);
    expect(metadata).toMatchObject({
      version: 3,
      'general.architecture': 'qwen2',
      'qwen2.context_length': 64,
      'qwen2.embedding_length': 16,
      'qwen2.attention.head_count_kv': 2,
      'tokenizer.ggml.model': 'gpt2',
    });
    expect((metadata['tokenizer.ggml.tokens'] as string[])[22]).toBe('[22]');
    expect(tensors.get('blk.1.ffn_down.weight')?.shape).toEqual([24, 16]);
    // Tied: the embedding is the output layer.
    expect(tensors.has('output.weight')).toBe(false);
    expect(values('blk.0.attn_q.weight')).toEqual(await numbers(model, 'model.layers.0.self_attn.q_proj.weight'));
    expect(values('blk.1.attn_k.bias')).toEqual(await numbers(model, 'model.layers.1.self_attn.k_proj.bias'));
    for (const { offset } of tensors.values()) expect(Number(offset) % 32).toBe(0);
    model.dispose();
  });

  it('reorders rows of queries and keys for Llama, which rotates neighbours there', async () => {
    const overrides = { model_type: 'llama', hidden_size: 8, num_attention_heads: 2, num_key_value_heads: 1 };
    const model = smallModel(overrides);
    const { values } = await saved(model);
    const rows = await numbers(model, 'model.layers.0.self_attn.q_proj.weight');
    const row = (index: number) => rows.slice(8 * index, 8 * index + 8);
    // Heads of 4: (0, 1, 2, 3) pairs (0, 2) and (1, 3), stored side by side.
    expect(values('blk.0.attn_q.weight')).toEqual([0, 2, 1, 3, 4, 6, 5, 7].flatMap(row));
    expect(values('blk.0.attn_v.weight')).toEqual(await numbers(model, 'model.layers.0.self_attn.v_proj.weight'));
    model.dispose();
  });

  it('writes a folder as it writes the model in memory, with its tokenizer', async () => {
    const folder = fixturePath('models/qwen2');
    const fromFolder = await saved(folder);
    const first = await readFile(fromFolder.path);
    const model = await loadModel(folder);
    await saved(model, { tokenizerFrom: folder });
    expect(Buffer.compare(first, await readFile(fromFolder.path))).toBe(0);
    expect(fromFolder.metadata).toMatchObject({
      'tokenizer.ggml.pre': 'qwen2',
      'tokenizer.ggml.eos_token_id': 501,
      'tokenizer.chat_template': expect.stringContaining('<|im_start|>') as string,
    });
    const types = fromFolder.metadata['tokenizer.ggml.token_type'] as number[];
    expect([types[0], types[499], types[501]]).toEqual([1, 3, 3]);
    model.dispose();
  });

  it.each([
    ['llama', { 'tokenizer.ggml.pre': 'llama-bpe', 'tokenizer.ggml.add_bos_token': true }],
    ['gpt2', { 'tokenizer.ggml.pre': 'gpt-2', 'tokenizer.ggml.model': 'gpt2' }],
    ['phi3', { 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.add_space_prefix': true }],
    ['gemma2', { 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.add_space_prefix': false }],
  ])('stores the tokenizer of %s', async (name, expected) => {
    const { metadata } = await saved(fixturePath(`models/${name}`), { dtype: 'q8_0' });
    expect(metadata).toMatchObject(expected);
    expect((metadata['tokenizer.ggml.tokens'] as string[]).length).toBe(512);
  });

  it('stores a character tokenizer, with ids beyond it unused', async () => {
    const model = smallModel();
    const { metadata } = await saved(model, { tokenizerFrom: characterTokenizerFiles({ tokens: ['0', '1', '####'] }) });
    expect((metadata['tokenizer.ggml.tokens'] as string[]).slice(0, 7)).toEqual([
      '<pad>',
      '<eos>',
      '<unk>',
      '0',
      '1',
      '####',
      '[PAD6]',
    ]);
    expect((metadata['tokenizer.ggml.token_type'] as number[]).slice(0, 7)).toEqual([3, 3, 2, 1, 1, 4, 5]);
    model.dispose();
  });

  it('merges an adapter that is at work', async () => {
    const model = smallModel();
    const options = { rank: 2, alpha: 4, targetModules: ['q_proj'], seed: 1 };
    const adapter = createAdapter(model, options);
    adapter.setParameters(
      Object.fromEntries(Object.entries(adapter.parameters).map(([name, { shape }]) => [name, tf.fill(shape, 0.25)])),
    );
    const merged = mergeAdapter(model, adapter);
    const { values } = await saved(withAdapter(model, adapter));
    const expected = await numbers(merged, 'model.layers.0.self_attn.q_proj.weight');
    expect(values('blk.0.attn_q.weight')).toEqual(expected);
    expect(expected).not.toEqual(await numbers(model, 'model.layers.0.self_attn.q_proj.weight'));
    for (const owner of [merged, adapter, model]) owner.dispose();
  });

  it('bounds the context by windows that llama.cpp ignores, and keeps those it has', async () => {
    const mistral = await saved(fixturePath('models/mistral'), { dtype: 'f16' });
    expect(mistral.metadata).toMatchObject({ 'general.architecture': 'llama', 'llama.context_length': 6 });
    const { metadata } = await saved(fixturePath('models/gemma3'), { dtype: 'bf16' });
    expect(metadata).toMatchObject({
      'gemma3.context_length': 256,
      'gemma3.attention.sliding_window': 6,
      'gemma3.attention.sliding_window_pattern': [true, false, true],
    });
  });

  it.each([
    ['a bias that llama.cpp drops', { model_type: 'qwen3', attention_bias: true, head_dim: 4 }],
    ['scaled positions', { rope_scaling: { rope_type: 'dynamic', factor: 2 } }],
    ['heads of another width', { head_dim: 8 }],
  ])('refuses %s', async (_, overrides) => {
    const model = smallModel(overrides);
    await expect(saveGguf(model, join(directory, 'refused.gguf'))).rejects.toMatchObject({ kind: 'model' });
    expect(await readdir(directory)).not.toContain('refused.gguf');
    model.dispose();
  });

  it('leaves the file that was there when it fails, and nothing beside it', async () => {
    const folder = await mkdtemp(join(directory, 'failing-'));
    const path = join(folder, 'model.gguf');
    await writeFile(path, 'old');
    const shapes = [...parameterShapes(smallConfig())];
    const parameters = shapes.map(([name, shape]) => [name, tf.fill([...shape], Number.NaN)] as const);
    const broken = new CausalLanguageModel(smallConfig(), Object.fromEntries(parameters));
    await expect(saveGguf(broken, path)).rejects.toMatchObject({ kind: 'health' });
    expect(await readdir(folder)).toEqual(['model.gguf']);
    expect(await readFile(path, 'utf8')).toBe('old');
    broken.dispose();
  });

  it('refuses weights that would be infinite, and leaves nothing behind', async () => {
    const shapes = [...parameterShapes(smallConfig())];
    const parameters = shapes.map(([name, shape]) => [name, tf.fill([...shape], 65_520)] as const);
    const large = new CausalLanguageModel(smallConfig(), Object.fromEntries(parameters));
    const refused = saveGguf(large, join(directory, 'large.gguf'), { dtype: 'f16' });
    await expect(refused).rejects.toThrow(/65520, which this number type cannot hold/);
    expect(await readdir(directory)).not.toContain('large.gguf');
    await saveGguf(large, join(directory, 'large.gguf'), { dtype: 'bf16' });
    large.dispose();
  });
});
