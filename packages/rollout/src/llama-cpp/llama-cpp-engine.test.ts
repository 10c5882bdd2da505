import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CausalLanguageModel,
  characterTokenizerFiles,
  createAdapter,
  createModel,
  loadTokenizer,
  mergeAdapter,
  parseModelConfig,
  saveAdapter,
  saveModel,
  tokenLogProbs,
  writeTokenizerFiles,
} from '@rlloom/models';
import type { GenerationResult, SamplingParameters } from '@rlloom/spec';
import { testRolloutEngine } from '@rlloom/spec/testing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its test needs a backend to run on
import { selectBackend, tf } from '@rlloom/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalEngine } from '../local-engine.ts';
import { createLlamaCppEngine } from './llama-cpp-engine.ts';
import { loadLlama } from './load-llama.ts';

const missing = await loadLlama({ gpu: 'none' }).then(
  () => undefined,
  (error: Error) => error.message,
);
const title = (name: string) => (missing === undefined ? name : `${name} (skipped: ${missing})`);
const small = { maxBatchSize: 4, maxSequenceLength: 48, threads: 1 };
const characters = [...'0123456789+-=;'];

function configOf(overrides: Readonly<Record<string, unknown>> = {}) {
  return parseModelConfig({
    model_type: 'qwen2',
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    intermediate_size: 64,
    vocab_size: 20,
    max_position_embeddings: 48,
    tie_word_embeddings: true,
    initializer_range: 0.3,
    ...overrides,
  });
}

let directory: string;
beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
  directory = await mkdtemp(join(tmpdir(), 'rlloom-llama-'));
  await writeTokenizerFiles(join(directory, 'tokenizer'), { tokens: characters });
});
afterAll(() => rm(directory, { recursive: true }));

const sampling: SamplingParameters = { temperature: 0.8, topK: 0, topP: 1, minP: 0, maxNewTokens: 10, eosTokenIds: [] };
const request = (change: Partial<SamplingParameters> = {}, seed = 5) => ({
  promptTokens: [3, 9, 4],
  seed,
  sampling: { ...sampling, ...change },
});

/** The largest difference between the log-probs of an answer to `request` and those the trainer computes. */
async function difference(
  model: CausalLanguageModel,
  { tokens, logProbs }: GenerationResult,
  temperature = sampling.temperature,
): Promise<number> {
  const prompt = request().promptTokens;
  const all = tf.tensor2d([[...prompt, ...tokens]], undefined, 'int32');
  const inputs = { tokens: all, attentionMask: tf.onesLike(all) };
  const computed = tokenLogProbs(model.config, model.parameters, inputs, { temperature });
  const expected = [...(await computed.logProbs.data())].slice(prompt.length - 1);
  tf.dispose([all, inputs.attentionMask, computed.logProbs]);
  return Math.max(...expected.map((value, index) => Math.abs(value - (logProbs[index] ?? Number.NaN))));
}

if (missing === undefined) {
  testRolloutEngine('llama_cpp', async () => ({
    engine: await createLlamaCppEngine({ model: createModel(configOf(), { seed: 4 }), ...small }),
    prompts: [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12], [3, 4, 5], [13, 14]],
  }));
}

describe.skipIf(missing !== undefined)(title('createLlamaCppEngine'), () => {
  it('draws the tokens of the local engine, with its log-probs, whatever the sampling', async () => {
    const model = createModel(configOf(), { seed: 4 });
    const tokenizer = await loadTokenizer(join(directory, 'tokenizer'));
    const local = createLocalEngine({ model, tokenizer });
    const engine = await createLlamaCppEngine({ model, tokenizer, ...small });
    const requests = [
      request(),
      request({ topK: 3 }),
      request({ topP: 0.7, temperature: 1.3 }),
      request({ minP: 0.2 }, 6),
      request({ temperature: 0 }),
    ];
    const [ours, theirs] = [await local.generate(requests), await engine.generate(requests)];
    for (const [index, result] of theirs.entries()) {
      expect(result.tokens).toEqual(ours[index]?.tokens);
      for (const key of ['logProbs', 'samplingLogProbs'] as const) {
        result[key].forEach((value, place) => expect(value).toBeCloseTo(ours[index]?.[key][place] as number, 4));
      }
    }
    await engine.close();
    model.dispose();
  });

  it('draws by llama.cpp from large vocabularies, with the log-probs of the trainer', async () => {
    const model = createModel(configOf({ vocab_size: 9000, initializer_range: 0.2 }), { seed: 4 });
    const engine = await createLlamaCppEngine({ model, ...small });
    const requests = [
      request(),
      request({ topK: 5, topP: 0.9 }),
      request({ topP: 0.5 }),
      request({ temperature: 0 }),
      request({}, 6),
    ];
    const results = await engine.generate(requests);
    for (const [index, result] of results.entries()) {
      const { temperature } = requests[index]?.sampling ?? sampling;
      expect(await difference(model, result, temperature === 0 ? 1 : temperature)).toBeLessThan(1e-4);
    }
    // Drawn again with the same seeds, alone, the tokens are the same; another seed draws others.
    const again = await Promise.all(requests.map(async (one) => (await engine.generate([one]))[0]?.tokens));
    expect(again).toEqual(results.map(({ tokens }) => tokens));
    expect(results[0]?.tokens).not.toEqual(results[4]?.tokens);
    // What was truncated is likelier among the rest.
    const [free, truncated, , greedy] = results;
    expect(free?.samplingLogProbs).toEqual(free?.logProbs);
    truncated?.samplingLogProbs.forEach((value, place) => {
      expect(value).toBeGreaterThan(truncated.logProbs[place] as number);
    });
    expect(greedy?.samplingLogProbs).toEqual(new Float32Array(10));
    await engine.close();
    model.dispose();
  });

  it('carries the next version after each update, and computes with its weights', async () => {
    const model = createModel(configOf(), { seed: 4 });
    const other = createModel(configOf(), { seed: 5 });
    const folder = join(directory, 'weights');
    const engine = await createLlamaCppEngine({ model, ...small, directory: folder });
    const before = await engine.generate([request()]);
    expect(await difference(model, before[0] as GenerationResult)).toBeLessThan(1e-4);

    await saveModel(other, join(directory, 'other'));
    await engine.updateWeights({ kind: 'checkpoint', directory: join(directory, 'other'), version: 7 });
    const [synced] = (await engine.generate([request()])) as [GenerationResult];
    expect(synced.policyVersions).toEqual(new Int32Array(10).fill(7));
    expect(await difference(other, synced)).toBeLessThan(1e-4);
    expect(await difference(model, synced)).toBeGreaterThan(0.1);

    const adapter = createAdapter(other, { rank: 4, alpha: 8, seed: 1 });
    const moved = Object.entries(adapter.parameters).map(([name, tensor]) => {
      return [name, tf.add(tensor, 0.1)] as const;
    });
    adapter.setParameters(Object.fromEntries(moved));
    await saveAdapter(adapter, join(directory, 'adapter'));
    await engine.updateWeights({ kind: 'adapter', directory: join(directory, 'adapter'), version: 8 });
    const merged = mergeAdapter(other, adapter);
    const [adapted] = (await engine.generate([request()])) as [GenerationResult];
    expect(adapted.policyVersions).toEqual(new Int32Array(10).fill(8));
    expect(await difference(merged, adapted)).toBeLessThan(1e-4);
    expect(await difference(other, adapted)).toBeGreaterThan(0.1);

    model.setParameters(Object.fromEntries(Object.entries(merged.parameters).map(([n, t]) => [n, t.clone()])));
    await engine.updateWeights({ kind: 'shared', version: 9 });
    const [shared] = (await engine.generate([request()])) as [GenerationResult];
    expect([...shared.tokens]).toEqual([...adapted.tokens]);
    expect(shared.policyVersions[0]).toBe(9);

    await engine.close();
    expect(await readdir(folder)).toEqual([]);
    await expect(engine.generate([request()])).rejects.toMatchObject({ kind: 'rollout' });
    for (const owner of [merged, adapter, other, model]) owner.dispose();
  });

  it('lets running generations end with the weights they began with', async () => {
    const model = createModel(configOf(), { seed: 4 });
    const engine = await createLlamaCppEngine({ model, ...small, maxBatchSize: 1 });
    const running = engine.generate(Array.from({ length: 6 }, (_, seed) => request({ maxNewTokens: 40 }, seed)));
    await engine.updateWeights({ kind: 'shared', version: 1 });
    const [after] = await engine.generate([request()]);
    expect(after?.policyVersions[0]).toBe(1);
    for (const { policyVersions, stopReason } of await running) {
      expect(new Set(policyVersions)).toEqual(new Set([0]));
      expect(stopReason).toBe('length');
    }
    await engine.close();
    model.dispose();
  });

  it('ends at stop strings and end tokens, and keeps what it has when aborted', async () => {
    const model = createModel(configOf(), { seed: 4 });
    const tokenizer = await loadTokenizer(join(directory, 'tokenizer'));
    const engine = await createLlamaCppEngine({ model, tokenizer, ...small });
    const [free] = (await engine.generate([request()])) as [GenerationResult];
    const stop = tokenizer.decode([...free.tokens].slice(3, 4));
    const place = [...free.tokens].findIndex((token) => tokenizer.decode([token]) === stop);
    const [stopped] = await engine.generate([request({ stopStrings: [stop] })]);
    expect(stopped).toMatchObject({ stopReason: 'stop', tokens: free.tokens.slice(0, place + 1) });

    const controller = new AbortController();
    const pending = engine.generate(
      Array.from({ length: 8 }, (_, seed) => request({ maxNewTokens: 40 }, seed)),
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    const reasons = (await pending).map(({ stopReason, tokens }) => [stopReason, tokens.length] as const);
    expect(reasons.some(([reason, count]) => reason === 'length' && count === 40)).toBe(true);
    expect(reasons.some(([reason, count]) => reason === 'abort' && count < 40)).toBe(true);
    await engine.close();
    model.dispose();
  });

  it.each([
    [{ dtype: 'q8_0' }, 0.3],
    [{ dtype: 'bf16' }, 0.1],
    [{ dtype: 'f16' }, 0.01],
    [{ cacheDtype: 'f16' }, 0.01],
    [{ flashAttention: true }, 0.01],
  ] as const)('says that log-probs with %o are approximate', async (rounding, bound) => {
    const model = createModel(configOf(), { seed: 4 });
    const engine = await createLlamaCppEngine({ model, ...small, ...rounding });
    expect(engine.capabilities).toMatchObject({ logProbs: 'approximate', stopStrings: false, maxSequenceLength: 48 });
    const [result] = (await engine.generate([request()])) as [GenerationResult];
    const error = await difference(model, result);
    expect(error).toBeLessThan(bound);
    expect(error).toBeGreaterThan(1e-5);
    await engine.close();
    model.dispose();
  });

  it('opens a folder, with its tokenizer; weights that are shared it has none of', async () => {
    const model = createModel(configOf(), { seed: 4 });
    const folder = join(directory, 'folder');
    await saveModel(model, folder, { tokenizerFrom: characterTokenizerFiles({ tokens: characters }) });
    const engine = await createLlamaCppEngine({ model: folder, ...small });
    expect(engine.capabilities).toMatchObject({ logProbs: 'exact', stopStrings: true });
    const [result] = (await engine.generate([request()])) as [GenerationResult];
    expect(await difference(model, result)).toBeLessThan(1e-4);
    await expect(engine.updateWeights({ kind: 'shared', version: 1 })).rejects.toMatchObject({ kind: 'rollout' });
    await saveModel(createModel(configOf({ vocab_size: 24 }), { seed: 4 }), join(directory, 'larger'));
    await expect(
      engine.updateWeights({ kind: 'checkpoint', directory: join(directory, 'larger'), version: 1 }),
    ).rejects.toMatchObject({ kind: 'rollout' });
    // What failed changed nothing.
    expect((await engine.generate([request()]))[0]).toEqual(result);
    await engine.close();
    model.dispose();
  });
});
