import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createAdapter,
  createModel,
  loadModel,
  loadModelConfig,
  mergeAdapter,
  type ModelWeights,
  saveAdapter,
  tokenLogProbs,
} from '@rlloom/models';
import type { GenerationResult } from '@rlloom/spec';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its test needs a backend to run on
import { selectBackend, tf } from '@rlloom/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLlamaCppEngine } from './llama-cpp-engine.ts';
import { loadLlama } from './load-llama.ts';

const missing = await loadLlama({ gpu: 'none' }).then(
  () => undefined,
  (error: Error) => error.message,
);
const title = (name: string) => (missing === undefined ? name : `${name} (skipped: ${missing})`);
const families = ['qwen2', 'qwen3', 'qwen3_moe', 'llama', 'mistral', 'phi3', 'gemma2', 'gemma3', 'gpt2'] as const;
const small = { maxBatchSize: 2, maxSequenceLength: 32, threads: 1 };

function folderOf(name: string): string {
  return fileURLToPath(new URL(`../../../../tools/fixtures/models/${name}`, import.meta.url));
}

/** Prompts and answers as long as the engine takes them. */
function requestsFor(maxSequenceLength: number) {
  const promptTokens = maxSequenceLength < 16 ? [11, 48] : [11, 48, 85, 122, 159, 196, 233];
  const maxNewTokens = Math.min(16, maxSequenceLength - promptTokens.length);
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens, eosTokenIds: [] };
  return [1, 2].map((seed) => ({ promptTokens, seed, sampling }));
}

/** The largest difference from the log-probs the trainer computes. */
async function difference(
  model: ModelWeights,
  promptTokens: readonly number[],
  { tokens, logProbs }: GenerationResult,
): Promise<number> {
  const all = tf.tensor2d([[...promptTokens, ...tokens]], undefined, 'int32');
  const inputs = { tokens: all, attentionMask: tf.onesLike(all) };
  const computed = tokenLogProbs(model.config, model.parameters, inputs, { temperature: 1 });
  const expected = [...(await computed.logProbs.data())].slice(promptTokens.length - 1);
  tf.dispose([all, inputs.attentionMask, computed.logProbs]);
  return Math.max(...expected.map((value, index) => Math.abs(value - (logProbs[index] ?? Number.NaN))));
}

beforeAll(() => selectBackend({ backend: 'wasm' }));

describe.skipIf(missing !== undefined)(title('families in llama.cpp'), () => {
  it.each(families)('computes the log-probs of %s in float32 as the trainer does', async (name) => {
    const model = await loadModel(folderOf(name));
    const engine = await createLlamaCppEngine({ model, ...small });
    const { maxSequenceLength, logProbs } = engine.capabilities;
    const requests = requestsFor(maxSequenceLength);
    for (const [index, result] of (await engine.generate(requests)).entries()) {
      const bound = logProbs === 'exact' ? 5e-5 : 1e-3;
      expect(await difference(model, requests[index]?.promptTokens ?? [], result)).toBeLessThan(bound);
    }
    await engine.close();
    model.dispose();
  });

  it.each(families)('computes those of %s in float16 within 0.001, for weights as models begin with', async (name) => {
    const config = await loadModelConfig(folderOf(name));
    const model = createModel({ ...config, initializerRange: 0.02 }, { seed: 3 });
    const engine = await createLlamaCppEngine({ model, ...small, dtype: 'f16' });
    const requests = requestsFor(engine.capabilities.maxSequenceLength);
    for (const [index, result] of (await engine.generate(requests)).entries()) {
      expect(await difference(model, requests[index]?.promptTokens ?? [], result)).toBeLessThan(1e-3);
    }
    await engine.close();
    model.dispose();
  });

  it.each(['llama', 'phi3', 'gemma2', 'gpt2'])('puts an adapter of %s where the trainer has it', async (name) => {
    const model = await loadModel(folderOf(name));
    const adapter = createAdapter(model, { rank: 2, alpha: 4, useRslora: true, seed: 2 });
    const moved = Object.entries(adapter.parameters).map(([key, tensor]) => [key, tf.add(tensor, 0.02)] as const);
    adapter.setParameters(Object.fromEntries(moved));
    const merged = mergeAdapter(model, adapter);
    const folder = await mkdtemp(join(tmpdir(), 'rlloom-adapter-'));
    await saveAdapter(adapter, folder);
    const engine = await createLlamaCppEngine({ model, ...small });
    await engine.updateWeights({ kind: 'adapter', directory: folder, version: 3 });
    const requests = requestsFor(engine.capabilities.maxSequenceLength);
    const [result] = (await engine.generate(requests)) as [GenerationResult];
    const { promptTokens = [] } = requests[0] ?? {};
    expect(await difference(merged, promptTokens, result)).toBeLessThan(1e-3);
    expect(await difference(model, promptTokens, result)).toBeGreaterThan(0.01);
    await engine.close();
    await rm(folder, { recursive: true });
    for (const owner of [merged, adapter, model]) owner.dispose();
  });
});
