import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { saveGguf } from '@rlloom/models';
import type { GenerationResult, SamplingParameters } from '@rlloom/spec';
import { testRolloutEngine } from '@rlloom/spec/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLlamaCppServerEngine, createOpenAiEngine, createVllmEngine } from './create-server-engines.ts';
import type { ServerEngine } from './server-engine.ts';
import { type LlamaProcess, startLlamaProcess } from './testing/llama-process.ts';
import { writeOtherAdapter, writeOtherModel } from './testing/other-weights.ts';
import { servedModelFolder, serveModel } from './testing/served-model.ts';

// Real servers of the same small model; docs/engines.md tells how they are started. Those that are not given are not
// tested here.
const given = {
  vllm: process.env['RLLOOM_TEST_VLLM_URL'],
  vllmAdapters: process.env['RLLOOM_TEST_VLLM_LORA_URL'],
  llamaPython: process.env['RLLOOM_TEST_LLAMA_PYTHON'],
};
const missing = (value: string | undefined): string => (value === undefined ? ' (not given)' : '');

const own = await serveModel();
const { tokenizer } = own;
const folder = await mkdtemp(join(tmpdir(), 'rlloom-real-'));
afterAll(async () => {
  own.dispose();
  await rm(folder, { recursive: true, force: true });
});

afterEach(() => own.load(servedModelFolder));

const prompts = [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12], [3, 4, 5], [13, 14]];
const weights = async (version: number) => ({ kind: 'checkpoint', directory: servedModelFolder, version }) as const;
const whole = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 12, eosTokenIds: [] };
const requestsOf = (sampling: SamplingParameters) =>
  prompts.map((promptTokens, seed) => ({ promptTokens, seed, sampling }));

// How far a server's log-probs are from ours: the largest difference.
async function distance(
  results: readonly GenerationResult[],
  { temperature, adapter }: { readonly temperature: number; readonly adapter?: string },
): Promise<number> {
  let largest = 0;
  for (const [index, { tokens, logProbs }] of results.entries()) {
    const prompt = prompts[index] as number[];
    const expected = await own.score({ prompt, tokens, temperature, ...(adapter !== undefined && { adapter }) });
    logProbs.forEach((value, at) => (largest = Math.max(largest, Math.abs(value - (expected[at] as number)))));
  }
  return largest;
}

function checkEngine(open: () => Promise<ServerEngine>): void {
  let engine: ServerEngine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());

  it.each([1, 0.7, 1.6, 0])('gives the log-probs of our own model at temperature %d', async (temperature) => {
    const results = await engine.generate(requestsOf({ ...whole, temperature }));
    expect(results.map(({ logProbs }) => logProbs.length)).toEqual(prompts.map(() => 12));
    expect(await distance(results, { temperature })).toBeLessThan(1e-3);
  });

  it('ends at stop strings, with every token that made them', async () => {
    const sampling = { ...whole, temperature: 0, maxNewTokens: 40 };
    const [free] = await engine.generate([{ promptTokens: [3, 4, 5], seed: 1, sampling }]);
    const tokens = free?.tokens ?? new Int32Array();
    const stop = tokenizer.decode(tokens.slice(20, 23));
    const request = { promptTokens: [3, 4, 5], seed: 1, sampling: { ...sampling, stopStrings: [stop] } };
    const [stopped] = await engine.generate([request]);
    expect(stopped?.stopReason).toBe('stop');
    const kept = stopped?.tokens ?? new Int32Array();
    expect(tokenizer.decode(kept)).toContain(stop);
    expect(tokenizer.decode(kept.slice(0, -1))).not.toContain(stop);
    expect(kept).toEqual(tokens.slice(0, kept.length));
  });

  it('lets go of aborted requests', async () => {
    const controller = new AbortController();
    const pending = engine.generate(requestsOf({ ...whole, maxNewTokens: 240 }), { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    for (const { stopReason } of await pending) expect(['abort', 'length']).toContain(stopReason);
  });
}

describe.skipIf(given.vllm === undefined)(`vllm, a real server${missing(given.vllm)}`, () => {
  const urls = [given.vllm ?? ''];
  const open = () => createVllmEngine({ urls, tokenizer });
  testRolloutEngine('vllm, a real server', async () => ({ engine: await open(), prompts, weights }));
  checkEngine(open);

  it('works with new weights after a sync, and says so token by token', async () => {
    const engine = await open();
    const other = join(folder, 'vllm-other');
    await writeOtherModel(other);
    const [before] = await engine.generate(requestsOf(whole).slice(0, 1));
    await engine.updateWeights({ kind: 'checkpoint', directory: other, version: 7 });
    const results = await engine.generate(requestsOf(whole));
    expect(results[0]?.policyVersions).toEqual(new Int32Array(12).fill(7));
    expect(results[0]?.logProbs).not.toEqual(before?.logProbs);
    await own.load(other);
    expect(await distance(results, { temperature: 1 })).toBeLessThan(1e-3);
    await own.load(servedModelFolder);
    await engine.updateWeights(await weights(8));
    const restored = await engine.generate(requestsOf(whole));
    expect(await distance(restored, { temperature: 1 })).toBeLessThan(1e-3);
    await engine.close();
  });
});

describe.skipIf(given.vllm === undefined)(`vllm, interrupted by new weights${missing(given.vllm)}`, () => {
  it('goes on with them, and tells which token is of which', async () => {
    const urls = [given.vllm ?? ''];
    const engine = await createVllmEngine({ urls, tokenizer, interruptible: true });
    await engine.updateWeights(await weights(20));
    const other = join(folder, 'vllm-interrupting');
    await writeOtherModel(other);
    const pending = engine.generate(requestsOf({ ...whole, maxNewTokens: 240 }));
    await sleep(150);
    await engine.updateWeights({ kind: 'checkpoint', directory: other, version: 21 });
    const results = await pending;
    for (const { policyVersions } of results) {
      expect(policyVersions).toHaveLength(240);
      expect([...policyVersions].sort()).toEqual([...policyVersions]);
    }
    expect(new Set(results.flatMap(({ policyVersions }) => [...policyVersions]))).toEqual(new Set([20, 21]));
    // The first tokens are of the old weights, and their log-probs say so.
    const prefixes = results.map((result) => {
      const length = result.policyVersions.indexOf(21);
      return { ...result, tokens: result.tokens.slice(0, length), logProbs: result.logProbs.slice(0, length) };
    });
    expect(await distance(prefixes, { temperature: 1 })).toBeLessThan(1e-3);
    // Those after are of the new weights, with keys and values computed anew.
    await own.load(other);
    for (const [index, { tokens, logProbs, policyVersions }] of results.entries()) {
      const expected = await own.score({ prompt: prompts[index] as number[], tokens, temperature: 1 });
      logProbs.forEach((value, at) => {
        if (policyVersions[at] === 21) expect(Math.abs(value - (expected[at] as number))).toBeLessThan(1e-3);
      });
    }
    await engine.updateWeights(await weights(22));
    await engine.close();
  });
});

describe.skipIf(given.vllm === undefined)(`openai, against a real vllm${missing(given.vllm)}`, () => {
  const open = () => createOpenAiEngine({ urls: [given.vllm ?? ''], tokenizer, weightUpdate: 'none' });
  testRolloutEngine('openai, against a real vllm', async () => ({ engine: await open(), prompts }));
  checkEngine(open);
});

describe.skipIf(given.vllmAdapters === undefined)(
  `vllm with adapters and raw log-probs, a real server${missing(given.vllmAdapters)}`,
  () => {
    it('works with each new adapter, and refuses what raw log-probs do not fit', async () => {
      const urls = [given.vllmAdapters ?? ''];
      const engine = await createVllmEngine({ urls, tokenizer, weightUpdate: 'adapter' });
      expect(() => engine.checkSampling({ ...whole, temperature: 0.7 })).toThrow('before the temperature');
      expect(await distance(await engine.generate(requestsOf(whole)), { temperature: 1 })).toBeLessThan(1e-3);
      for (const version of [1, 2, 3]) {
        const directory = join(folder, `adapter-${version}`);
        await writeOtherAdapter(directory, version);
        await engine.updateWeights({ kind: 'adapter', directory, version });
        const results = await engine.generate(requestsOf(whole));
        expect(results[0]?.policyVersions).toEqual(new Int32Array(12).fill(version));
        expect(await distance(results, { temperature: 1 })).toBeGreaterThan(0.01);
        expect(await distance(results, { temperature: 1, adapter: directory })).toBeLessThan(1e-3);
      }
      await engine.close();
    });
  },
);

describe.skipIf(given.llamaPython === undefined)(`llama.cpp's server, a real one${missing(given.llamaPython)}`, () => {
  let server: LlamaProcess;
  const model = join(folder, 'model.gguf');
  beforeAll(async () => {
    await saveGguf(servedModelFolder, model);
    server = await startLlamaProcess(given.llamaPython ?? '', model);
  });
  afterAll(() => server.kill());
  const open = () => createLlamaCppServerEngine({ urls: [server.url], tokenizer, weightUpdate: 'none' });
  testRolloutEngine('llama_cpp_server, a real server', async () => ({ engine: await open(), prompts }));
  checkEngine(open);

  it('says what it samples with where tokens are left out', async () => {
    const engine = await createLlamaCppServerEngine({
      urls: [server.url],
      tokenizer,
      weightUpdate: 'none',
      truncatedSampling: 'flag',
    });
    const warm = await engine.generate(requestsOf({ ...whole, topK: 20, topP: 0.9 }));
    expect(warm.map(({ knownLogProbs }) => knownLogProbs)).toEqual(prompts.map(() => 'logProbs'));
    expect(await distance(warm, { temperature: 1 })).toBeLessThan(1e-3);
    const [hot] = await engine.generate(requestsOf({ ...whole, temperature: 1.5, topK: 1 }));
    expect(hot?.knownLogProbs).toBe('samplingLogProbs');
    expect(Math.max(...(hot?.samplingLogProbs ?? []).map(Math.abs))).toBeLessThan(1e-6);
    await engine.close();
  });

  it('killed in the middle and started again answers every request as if nothing had been', async () => {
    const engine = await createLlamaCppServerEngine({
      urls: [server.url],
      tokenizer,
      weightUpdate: 'none',
      retryDelayMs: 20,
    });
    const requests = Array.from({ length: 64 }, (_, seed) => ({
      promptTokens: [3, seed],
      seed,
      sampling: { ...whole, maxNewTokens: 100 },
    }));
    const expected = await engine.generate(requests);
    let finished = 0;
    const pending = engine.generate(requests, { onProgress: (done) => (finished = done) });
    while (finished < 5) await sleep(1);
    await server.kill();
    expect(finished).toBeLessThan(64);
    await server.start();
    const results = await pending;
    expect(results.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
    await engine.close();
  });

  it('gets new weights by being started again', async () => {
    const engine = await createLlamaCppServerEngine({
      urls: [server.url],
      tokenizer,
      reload: async (_, source) => {
        if (source.kind !== 'checkpoint') return;
        await saveGguf(source.directory, model);
        await server.kill();
        await server.start();
      },
    });
    const other = join(folder, 'llama-other');
    await writeOtherModel(other);
    await engine.updateWeights({ kind: 'checkpoint', directory: other, version: 4 });
    const results = await engine.generate(requestsOf(whole));
    expect(results[0]?.policyVersions).toEqual(new Int32Array(12).fill(4));
    await own.load(other);
    expect(await distance(results, { temperature: 1 })).toBeLessThan(1e-3);
    await own.load(servedModelFolder);
    await engine.close();
  });
});

describe.skipIf(given.llamaPython === undefined)(
  `openai, against a real llama.cpp${missing(given.llamaPython)}`,
  () => {
    let server: LlamaProcess;
    beforeAll(async () => {
      const model = join(folder, 'openai.gguf');
      await saveGguf(servedModelFolder, model);
      server = await startLlamaProcess(given.llamaPython ?? '', model);
    });
    afterAll(() => server.kill());

    it('notices tokens that are not told: bytes of an unfinished character', async () => {
      const engine = await createOpenAiEngine({ urls: [server.url], tokenizer, weightUpdate: 'none', maxRetries: 0 });
      await expect(engine.generate(requestsOf({ ...whole, maxNewTokens: 60 }))).rejects.toThrow(
        /wrote \d+ tokens and tells/,
      );
      await engine.close();
    });
  },
);
