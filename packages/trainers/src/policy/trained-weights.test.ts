import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapter, loadAdapter, type LoraAdapter, mergeAdapter, saveAdapter } from '@rlloom/models';
import type { TrainingBatch } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, type ParameterTree, selectBackend, tf } from '@rlloom/tensor';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyModel } from '../testing/tiny-model.ts';
import { createLocalPolicy, type LocalPolicy } from './local-policy.ts';

beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
});

const batch: TrainingBatch = {
  sequences: [3, 9, 5, 7, 4].map((length, row) => ({
    tokens: Int32Array.from({ length }, (_, t) => 2 + ((row * 5 + t * 3) % 10)),
    lossMask: Uint8Array.from({ length }, (_, t) => (t > 0 ? 1 : 0)),
  })),
};
const supervised = { name: 'supervised', options: {} };
const common = { padTokenId: 0 };
const optimizer = () => chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.01 }));

async function step(policy: LocalPolicy): Promise<number> {
  const { metrics } = await policy.forwardBackward(batch, supervised);
  await policy.optimizerStep({ learningRate: 0.02 });
  return metrics['loss'] ?? Number.NaN;
}

async function valuesOf(tree: ParameterTree): Promise<Record<string, number[]>> {
  const entries: [string, number[]][] = [];
  for (const [name, tensor] of Object.entries(tree)) entries.push([name, [...(await tensor.data())]]);
  return Object.fromEntries(entries);
}

describe('a policy that trains an adapter', () => {
  let model: ReturnType<typeof tinyModel>;
  let adapter: LoraAdapter;
  let policy: LocalPolicy;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rlloom-trained-'));
    model = tinyModel(1);
    adapter = createAdapter(model, { rank: 4, seed: 2, modulesToSave: ['model.norm'] });
    policy = createLocalPolicy({ ...common, model, adapter, optimizer: optimizer() });
  });
  afterEach(async () => {
    for (const each of [policy, adapter, model]) each.dispose();
    await rm(directory, { recursive: true });
  });

  it('moves every tensor of the adapter and none of the model', async () => {
    const [frozen, before] = [await valuesOf(model.parameters), await valuesOf(adapter.parameters)];
    const losses: number[] = [];
    for (let i = 0; i < 12; i++) losses.push(await step(policy));
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number));
    expect(await valuesOf(model.parameters)).toEqual(frozen);
    for (const [name, values] of Object.entries(await valuesOf(adapter.parameters))) {
      expect(values, name).not.toEqual(before[name]);
    }
  });

  it('computes log-probs with the adapter, equal to those of the merged model', async () => {
    await step(policy);
    await step(policy);
    const merged = mergeAdapter(model, adapter);
    const plain = createLocalPolicy({ ...common, model: merged, optimizer: optimizer() });
    const [own, expected] = [await policy.logProbs(batch), await plain.logProbs(batch)];
    own.logProbs.forEach((row, r) => {
      row.forEach((value, t) => expect(value).toBeCloseTo(expected.logProbs[r]?.[t] ?? Number.NaN, 4));
    });
    for (const each of [plain, merged]) each.dispose();
  });

  it('gives the same however the batch is split', async () => {
    const other = createAdapter(model, { rank: 4, seed: 2, modulesToSave: ['model.norm'] });
    const split = createLocalPolicy({
      ...common,
      model,
      adapter: other,
      optimizer: optimizer(),
      maxTokensPerMicroBatch: 9,
    });
    for (let i = 0; i < 3; i++) expect(await step(split)).toBeCloseTo(await step(policy), 4);
    for (const each of [split, other]) each.dispose();
  });

  it('goes on from a saved state exactly, and saves the adapter alone', async () => {
    await step(policy);
    await policy.saveState(directory);
    expect((await readdir(directory)).sort()).toEqual(['adapter', 'optimizer.safetensors', 'policy.json']);
    await step(policy);
    const other = createAdapter(model, { rank: 4, seed: 9, modulesToSave: ['model.norm'] });
    const restored = createLocalPolicy({ ...common, model, adapter: other, optimizer: optimizer() });
    await restored.loadState(directory);
    expect(restored.version).toBe(1);
    await step(restored);
    expect(await valuesOf(other.parameters)).toEqual(await valuesOf(adapter.parameters));
    for (const each of [restored, other]) each.dispose();
  });

  it('refuses the state of another adapter', async () => {
    await policy.saveState(directory);
    for (const [options, message] of [
      [{ rank: 4, alpha: 1, modulesToSave: ['model.norm'] }, /weighs its change otherwise/],
      [{ rank: 4 }, /"model\.norm\.weight" does not fit/],
    ] as const) {
      const other = createAdapter(model, { ...options, seed: 2 });
      const restored = createLocalPolicy({ ...common, model, adapter: other, optimizer: optimizer() });
      const tensors = tf.memory().numTensors;
      await expect(restored.loadState(directory)).rejects.toMatchObject({ kind: 'checkpoint' });
      await expect(restored.loadState(directory)).rejects.toThrow(message);
      expect(tf.memory().numTensors).toBe(tensors);
      for (const each of [restored, other]) each.dispose();
    }
  });

  it('leaks no tensor', async () => {
    await step(policy);
    const before = tf.memory().numTensors;
    await step(policy);
    await policy.logProbs(batch);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not train with dropout', async () => {
    await saveAdapter(adapter, directory);
    const path = join(directory, 'adapter_config.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...json, lora_dropout: 0.1 }));
    const loaded = await loadAdapter(model, directory);
    expect(() => createLocalPolicy({ ...common, model, adapter: loaded, optimizer: optimizer() })).toThrow(
      /dropout 0\.1/,
    );
    loaded.dispose();
  });
});

describe('a policy that trains some parameters', () => {
  it('moves those and keeps state for no others', async () => {
    const model = tinyModel(1);
    const before = await valuesOf(model.parameters);
    const trains = (name: string) => name.includes('layers.1.mlp');
    const policy = createLocalPolicy({ ...common, model, optimizer: optimizer(), trains });
    const first = await step(policy);
    await step(policy);
    expect(await step(policy)).toBeLessThan(first);
    for (const [name, values] of Object.entries(await valuesOf(model.parameters))) {
      if (trains(name)) expect(values, name).not.toEqual(before[name]);
      else expect(values, name).toEqual(before[name]);
    }
    for (const each of [policy, model]) each.dispose();
  });

  it('needs something to train', () => {
    const model = tinyModel(1);
    expect(() => createLocalPolicy({ ...common, model, optimizer: optimizer(), trains: () => false })).toThrow(
      /none of the 26 parameters/,
    );
    model.dispose();
  });
});
