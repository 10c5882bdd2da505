import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { selectBackend, tf } from '@rlloom/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdapter, type CreateAdapterOptions } from '../adapters/create-adapter.ts';
import { saveAdapter } from '../adapters/save-adapter.ts';
import { smallModel } from '../testing/small-model.ts';
import { saveAdapterGguf } from './save-adapter-gguf.ts';

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
  directory = await mkdtemp(join(tmpdir(), 'rlloom-gguf-adapter-'));
});
afterAll(() => rm(directory, { recursive: true }));

const options: CreateAdapterOptions = { rank: 2, alpha: 4, targetModules: ['q_proj'], seed: 1 };

/** Two numbers to a row of B, which count up. */
function countingAdapter(model: ReturnType<typeof smallModel>, change: Partial<CreateAdapterOptions> = {}) {
  const adapter = createAdapter(model, { ...options, ...change });
  const counting = Object.entries(adapter.parameters).map(([name, { shape, size }]) => {
    const values = Float32Array.from({ length: size }, (_, i) => i);
    return [name, tf.tensor(values, shape)] as const;
  });
  adapter.setParameters(Object.fromEntries(counting));
  return adapter;
}

async function firstB(path: string): Promise<number[]> {
  const { tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true });
  const info = tensorInfos.find(({ name }) => name === 'blk.0.attn_q.weight.lora_b');
  const start = Number(tensorDataOffset + (info?.offset ?? 0n));
  const bytes = await readFile(path);
  return [...new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + start + 64))];
}

describe('saveAdapterGguf', () => {
  it('writes both matrices of each module, from memory as from a folder', async () => {
    const model = smallModel();
    const adapter = countingAdapter(model);
    const [first, second] = [join(directory, 'a.gguf'), join(directory, 'b.gguf')];
    await saveAdapterGguf(adapter, first, { model: model.config });
    await saveAdapter(adapter, join(directory, 'peft'));
    await saveAdapterGguf(join(directory, 'peft'), second, { model: model.config });
    expect(Buffer.compare(await readFile(first), await readFile(second))).toBe(0);
    const { metadata, tensorInfos } = await gguf(first, { allowLocalFile: true });
    expect(metadata).toMatchObject({ 'general.type': 'adapter', 'adapter.type': 'lora', 'adapter.lora.alpha': 4 });
    expect(tensorInfos.slice(0, 2).map(({ name, shape }) => [name, shape.map(Number)])).toEqual([
      ['blk.0.attn_q.weight.lora_a', [16, 2]],
      ['blk.0.attn_q.weight.lora_b', [2, 16]],
    ]);
    for (const owner of [adapter, model]) owner.dispose();
  });

  it('puts what is not alpha / rank into the second matrix, and its rows into the order of Llama', async () => {
    const model = smallModel({ model_type: 'llama' });
    const adapter = countingAdapter(model, { useRslora: true });
    const path = join(directory, 'c.gguf');
    await saveAdapterGguf(adapter, path, { model: model.config });
    // Heads of 4 numbers: rows 0, 2, 1, 3; alpha / √2 is √2 times alpha / 2.
    const expected = [0, 1, 4, 5, 2, 3, 6, 7].map((value) => Math.fround(value * Math.SQRT2));
    const stored = (await firstB(path)).slice(0, 8);
    stored.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 5));
    for (const owner of [adapter, model]) owner.dispose();
  });

  it.each([
    ['DoRA', { useDora: true }],
    ['modules stored whole', { modulesToSave: ['input_layernorm'] }],
  ])('refuses %s', async (_, change) => {
    const model = smallModel();
    const adapter = createAdapter(model, { ...options, ...change });
    const path = join(directory, 'refused.gguf');
    await expect(saveAdapterGguf(adapter, path, { model: model.config })).rejects.toMatchObject({ kind: 'model' });
    for (const owner of [adapter, model]) owner.dispose();
  });
});
