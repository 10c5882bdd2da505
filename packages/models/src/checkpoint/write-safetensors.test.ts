import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend, tf } from '@rlloom/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../testing/small-model.ts';
import { openSafetensors } from './safetensors-file.ts';
import { readTensors } from './tensor-file.ts';
import { planShards, writeShard } from './write-safetensors.ts';

beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
});

const zeros = (sizes: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, tf.zeros([size])]));
const plan = (sizes: Readonly<Record<string, number>>, maxShardBytes: number) =>
  planShards(zeros(sizes), { elementType: 'F16', maxShardBytes }).map(({ names }) => names.join());

describe('planShards', () => {
  it('fills files in order, and counts bytes of the saved type', () => {
    expect(plan({ a: 2, b: 2, c: 1, d: 3 }, 8)).toEqual(['a,b', 'c,d']);
    expect(plan({ a: 2, b: 2 }, 4)).toEqual(['a', 'b']);
    expect(plan({ a: 2 }, 4)).toEqual(['a']);
    expect(plan({}, 4)).toEqual(['']);
  });

  it('gives a parameter beyond the limit a file of its own, as transformers does', () => {
    expect(plan({ a: 1, large: 9, b: 1, c: 4 }, 8)).toEqual(['large', 'a,b', 'c']);
  });
});

describe('the bytes of the Python package', () => {
  it.each(['qwen2', 'qwen2_bf16', 'llama_sharded', 'gpt2'])('%s is written as it was', async (name) => {
    const folder = fixturePath(`models/${name}`);
    const files = (await readdir(folder)).filter((file) => file.endsWith('.safetensors'));
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-bytes-'));
    for (const file of files) {
      const parameters = await readTensors(join(folder, file));
      const elementType = name === 'qwen2_bf16' ? 'BF16' : 'F32';
      const names = Object.keys(parameters).reverse();
      await writeShard(join(directory, file), { parameters, names, elementType });
      const [written, original] = [await readFile(join(directory, file)), await readFile(join(folder, file))];
      expect(written.equals(original), file).toBe(true);
      tf.dispose(parameters);
    }
    expect(files.length).toBe(name === 'llama_sharded' ? 4 : 1);
  });
});

describe('reading in pieces', () => {
  it('a tensor larger than a piece arrives whole, and its bad value is found', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-pieces-'));
    const values = Float32Array.from({ length: 2 ** 21 + 3 }, (_, i) => (i % 251) - 100);
    for (const elementType of ['F32', 'BF16', 'F16'] as const) {
      const path = join(directory, elementType);
      const parameters = { a: tf.tensor(values), b: tf.tensor([7]) };
      await writeShard(path, { parameters, names: ['a', 'b'], elementType });
      const file = await openSafetensors(path);
      expect(Buffer.from((await file.read('a')).buffer).equals(Buffer.from(values.buffer)), elementType).toBe(true);
      expect([...(await file.read('b'))]).toEqual([7]);
      await file.close();
    }
    const damaged = values.slice();
    damaged[2 ** 21 + 1] = Number.NaN;
    const path = join(directory, 'damaged');
    await writeShard(path, { parameters: { a: tf.tensor(damaged) }, names: ['a'], elementType: 'BF16' });
    const file = await openSafetensors(path);
    await expect(file.read('a')).rejects.toThrow(`${path}: a: element ${2 ** 21 + 1} is NaN`);
    expect((await file.read('a', { allowNonFinite: true }))[2 ** 21 + 1]).toBeNaN();
    await file.close();
  });
});
