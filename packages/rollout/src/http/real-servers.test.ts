import { loadTokenizer } from '@rlloom/models';
import type { RolloutEngine, SamplingParameters, Tokenizer } from '@rlloom/spec';
import { testRolloutEngine } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { createLlamaCppServerEngine, createOpenAiEngine, createVllmEngine } from './create-server-engines.ts';
import { servedModelFolder, serveModel } from './testing/served-model.ts';

// Real servers of the same small model, started outside: docs/engines.md tells how. Without them nothing is tested here.
const urls = {
  vllm: process.env['RLLOOM_TEST_VLLM_URL'],
  llama: process.env['RLLOOM_TEST_LLAMA_SERVER_URL'],
};
const prompts = [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12], [3, 4, 5], [13, 14]];
const weights = async (version: number) => ({ kind: 'checkpoint', directory: servedModelFolder, version }) as const;

interface RealEngine {
  readonly name: string;
  readonly url: string | undefined;
  readonly open: (tokenizer: Tokenizer, url: string) => Promise<RolloutEngine>;
}

const engines: readonly RealEngine[] = [
  { name: 'vllm', url: urls.vllm, open: (tokenizer, url) => createVllmEngine({ urls: [url], tokenizer }) },
  {
    name: 'llama_cpp_server',
    url: urls.llama,
    open: (tokenizer, url) => createLlamaCppServerEngine({ urls: [url], tokenizer, weightUpdate: 'none' }),
  },
  {
    name: 'openai, against vllm',
    url: urls.vllm,
    open: (tokenizer, url) => createOpenAiEngine({ urls: [url], tokenizer, weightUpdate: 'none' }),
  },
];

for (const { name, url, open } of engines) {
  describe.skipIf(url === undefined)(`${name}, a real server${url === undefined ? ' (none was given)' : ''}`, () => {
    const openEngine = async () => open(await loadTokenizer(servedModelFolder), url as string);
    testRolloutEngine(`${name}, a real server`, async () => ({ engine: await openEngine(), prompts, weights }));

    it.each([1, 0.7, 1.6, 0])('gives the log-probs of our own model at temperature %d', async (temperature) => {
      const model = await serveModel();
      const engine = await openEngine();
      const sampling: SamplingParameters = {
        temperature,
        topK: 0,
        topP: 1,
        minP: 0,
        maxNewTokens: 12,
        eosTokenIds: [],
      };
      const results = await engine.generate(prompts.map((promptTokens, seed) => ({ promptTokens, seed, sampling })));
      for (const [index, { tokens, logProbs }] of results.entries()) {
        const expected = await model.score([...(prompts[index] as number[])], [...tokens], temperature);
        expect(logProbs.length).toBe(12);
        logProbs.forEach((value, at) => expect(Math.abs(value - (expected[at] as number))).toBeLessThan(1e-3));
      }
      await engine.close();
      model.dispose();
    });

    it('ends at stop strings, with every token that made them', async () => {
      const tokenizer = await loadTokenizer(servedModelFolder);
      const engine = await openEngine();
      const sampling: SamplingParameters = {
        temperature: 0,
        topK: 0,
        topP: 1,
        minP: 0,
        maxNewTokens: 40,
        eosTokenIds: [],
      };
      const [free] = await engine.generate([{ promptTokens: [3, 4, 5], seed: 1, sampling }]);
      const stop = tokenizer.decode((free?.tokens ?? new Int32Array()).slice(20, 23));
      const [stopped] = await engine.generate([
        { promptTokens: [3, 4, 5], seed: 1, sampling: { ...sampling, stopStrings: [stop] } },
      ]);
      expect(stopped?.stopReason).toBe('stop');
      const text = tokenizer.decode(stopped?.tokens ?? []);
      expect(text).toContain(stop);
      expect(tokenizer.decode((stopped?.tokens ?? new Int32Array()).slice(0, -1))).not.toContain(stop);
      expect([...(stopped?.tokens ?? [])]).toEqual([...(free?.tokens ?? [])].slice(0, stopped?.tokens.length));
      await engine.close();
    });

    it('lets go of an aborted request at once', async () => {
      const engine = await openEngine();
      const controller = new AbortController();
      const sampling: SamplingParameters = {
        temperature: 1,
        topK: 0,
        topP: 1,
        minP: 0,
        maxNewTokens: 240,
        eosTokenIds: [],
      };
      const pending = engine.generate([{ promptTokens: [3], seed: 1, sampling }], { signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      const [result] = await pending;
      expect(['abort', 'length']).toContain(result?.stopReason);
      await engine.close();
    });
  });
}
