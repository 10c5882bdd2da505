import { isRlloomError } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { describe, expect, it } from 'vitest';
import type { CausalLanguageModel } from '../../causal-language-model.ts';
import { familyFixtures, familyModel } from '../../testing/family-models.ts';
import { smallModel } from '../../testing/small-model.ts';
import { statisticsOf } from '../../testing/statistics-of.ts';
import { tokenizerFromFiles } from '../../testing/tokenizer-from-files.ts';
import { characterTokenizerFiles } from '../../tokenizer/character-tokenizer.ts';
import { generate, generateStream } from '../generate.ts';
import type { GenerateOptions } from '../generation-options.ts';
import {
  type GenerateRequest,
  type GenerateResult,
  type GenerateSampling,
  repeatRequest,
} from '../generation-request.ts';

const sampling: GenerateSampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 8, eosTokenIds: [] };
const request = (
  promptTokens: readonly number[],
  seed = 0,
  changes: Partial<GenerateSampling> = {},
): GenerateRequest => ({ promptTokens, seed, sampling: { ...sampling, ...changes } });
const prompts = [[3], [3, 4, 5], [9, 8, 7, 6, 5], [3, 4, 5], [1, 2]];

// Prompts of 1 to 20 tokens, budgets of 1 to 44, ended by budgets and end tokens.
const ragged = Array.from({ length: 23 }, (_, i) =>
  request(
    Array.from({ length: 1 + ((7 * i) % 20) }, (_unused, t) => 1 + ((i + 3 * t) % 22)),
    i,
    { maxNewTokens: 1 + ((11 * i) % 44), eosTokenIds: [0] },
  ),
);

const eager = (model: CausalLanguageModel, requests: readonly GenerateRequest[], options: GenerateOptions = {}) =>
  generate(model, requests, { ...options, compiled: 'never' });
const compiled = (model: CausalLanguageModel, requests: readonly GenerateRequest[], options: GenerateOptions = {}) =>
  generate(model, requests, { ...options, compiled: 'always' });

function expectSame(actual: readonly GenerateResult[], expected: readonly GenerateResult[]): void {
  expect(actual.map(({ tokens }) => [...tokens])).toEqual(expected.map(({ tokens }) => [...tokens]));
  for (const [i, result] of actual.entries()) {
    const other = expected[i] as GenerateResult;
    expect(result.stopReason).toBe(other.stopReason);
    expect(result.policyVersions).toEqual(other.policyVersions);
    expect([result.text, result.stop]).toEqual([other.text, other.stop]);
    for (const name of ['logProbs', 'samplingLogProbs', 'rawLogProbs'] as const) {
      expect(result[name]?.length).toBe(other[name]?.length);
      result[name]?.forEach((value, t) => expect(Math.abs(value - (other[name]?.[t] as number))).toBeLessThan(2e-5));
    }
  }
}

describeBackends('generate, compiled', () => {
  it('draws as the loop in JavaScript: every way to draw, side by side', async () => {
    const model = smallModel();
    const ways: Partial<GenerateSampling>[] = [
      { temperature: 0 },
      { temperature: 0.7 },
      { topK: 3 },
      { topP: 0.6 },
      { minP: 0.3 },
      { topK: 12, topP: 0.8, minP: 0.05, temperature: 1.3 },
      { epsilonCutoff: 0.1 },
      { topK: 1 },
      { suppressTokens: [3, 4, 5], topP: 0.9 },
      { eosTokenIds: Array.from({ length: 12 }, (_, id) => id), minNewTokens: 5 },
      { temperature: 0, suppressTokens: [1, 2], minNewTokens: 3, eosTokenIds: [7, 9] },
    ];
    const requests = ways.flatMap((way, seed) => [request([3, 4], seed, way), request([9, 8, 7], seed + 50, way)]);
    const options = { rawLogProbs: true };
    expectSame(await compiled(model, requests, options), await eager(model, requests, options));
    for (const same of [requests.slice(0, 2), requests.slice(2, 4)]) {
      expectSame(await compiled(model, same), await eager(model, same));
    }
    model.dispose();
  });

  it('gives each request the tokens that it has alone, whatever takes over the slots', async () => {
    const model = smallModel();
    const expected = await eager(model, ragged);
    expect(new Set(expected.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(8);
    for (const maxBatchSize of [3, 64]) {
      expectSame(
        await compiled(model, ragged, { maxBatchSize, policyVersion: 4 }),
        await eager(model, ragged, { policyVersion: 4 }),
      );
    }
    model.dispose();
  });

  it('grows its cache, moves within it, and lets go of slots', async () => {
    const model = smallModel({ max_position_embeddings: 256 });
    const long = Array.from({ length: 12 }, (_, i) =>
      request([1 + i], i, { maxNewTokens: i === 3 ? 150 : 20 + 3 * i }),
    );
    const later = [
      request(
        Array.from({ length: 100 }, (_, t) => 1 + (t % 20)),
        70,
        { maxNewTokens: 30 },
      ),
    ];
    for (const maxBatchSize of [4, 12]) {
      const requests = [...long, ...later, ...later.map((one) => ({ ...one, seed: 71 }))];
      expectSame(await compiled(model, requests, { maxBatchSize }), await eager(model, requests));
    }
    model.dispose();
  });

  it('gives a free slot to the next request, and reads a prompt once', async () => {
    const model = smallModel();
    const budgets = Array.from({ length: 32 }, (_, i) =>
      request([1 + (i % 20), 2], i, { maxNewTokens: i % 8 === 0 ? 33 : 5 }),
    );
    const {
      decodeSteps,
      decodedTokens,
      batchSize,
      prompts: read,
    } = await statisticsOf((onStatistics) => compiled(model, budgets, { maxBatchSize: 8, onStatistics }));
    expect([batchSize, decodedTokens, read]).toEqual([8, 4 * 32 + 28 * 4, 20]);
    expect(decodeSteps).toBeLessThan(64);
    const group = [...repeatRequest(request([3, 4, 5], 1), 10), ...repeatRequest(request([9], 2), 3)];
    const statistics = await statisticsOf(async (onStatistics) => {
      expectSame(await compiled(model, group, { maxBatchSize: 4, onStatistics }), await eager(model, group));
    });
    expect(statistics.prompts).toBe(2);
    model.dispose();
  });

  it('leaves the loop early when all have ended', async () => {
    const model = smallModel();
    const requests = prompts.map((prompt, seed) => request(prompt, seed, { maxNewTokens: 40, temperature: 0 }));
    const free = await eager(model, requests);
    const ended = requests.map((one, i) => ({
      ...one,
      sampling: { ...one.sampling, eosTokenIds: [free[i]?.tokens[5] as number] },
    }));
    const expected = await eager(model, ended);
    const { decodeSteps } = await statisticsOf(async (onStatistics) => {
      expectSame(await compiled(model, ended, { onStatistics }), expected);
    });
    expect(decodeSteps).toBe(Math.max(...expected.map(({ tokens }) => tokens.length)) - 1);
    model.dispose();
  });

  it('reads a prompt that fills the model, and a single request', async () => {
    const model = smallModel();
    const full = Array.from({ length: 63 }, (_, t) => 1 + (t % 22));
    for (const requests of [
      [request(full, 1, { maxNewTokens: 1 })],
      [request(full, 1, { maxNewTokens: 1 }), request([5], 2, { maxNewTokens: 63 })],
      [request([7], 3, { maxNewTokens: 1 })],
      [request([7], 3, { maxNewTokens: 2 })],
    ]) {
      expectSame(await compiled(model, requests), await eager(model, requests));
    }
    expect(await compiled(model, [])).toEqual([]);
    model.dispose();
  });

  it('stops at stop strings, with the text of the whole', async () => {
    const tokenizer = await tokenizerFromFiles(characterTokenizerFiles({ tokens: [...'abcdefghijklmnopqrs'] }));
    const model = smallModel();
    const requests = prompts.map((prompt, seed) =>
      request(prompt, seed, { maxNewTokens: 40, stopStrings: ['ab', 'e', 'k'], minNewTokens: seed }),
    );
    for (const text of ['whole', 'before-stop'] as const) {
      const expected = await eager(model, requests, { tokenizer, text });
      expect(new Set(expected.map(({ stopReason }) => stopReason))).toContain('stop');
      expectSame(await compiled(model, requests, { tokenizer, text, maxBatchSize: 3 }), expected);
    }
    model.dispose();
  });

  it('streams every token in order, and its pieces make the text', async () => {
    const tokenizer = await tokenizerFromFiles(characterTokenizerFiles({ tokens: [...'abcdefghijklmnopqrs'] }));
    const model = smallModel();
    const requests = prompts.map((prompt, seed) => request(prompt, seed, { maxNewTokens: 3 + 5 * seed }));
    const expected = await eager(model, requests, { tokenizer, text: 'whole' });
    const tokens: number[][] = requests.map(() => []);
    const texts = requests.map(() => '');
    const results: GenerateResult[] = [];
    const options = { tokenizer, text: 'whole', compiled: 'always' } as const;
    const order: number[] = [];
    for await (const { request: index, draw, text, result } of generateStream(model, requests, options)) {
      if (draw !== undefined) tokens[index]?.push(draw.token);
      texts[index] += text ?? '';
      order.push((tokens[index] as number[]).length);
      if (result !== undefined) results[index] = result;
    }
    // Round by round: nobody is ahead of the others.
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(tokens).toEqual(expected.map((one) => [...one.tokens]));
    expect(texts).toEqual(expected.map(({ text }) => text));
    expectSame(results, expected);
    model.dispose();
  });

  it('ends at an abort between two tokens, and when nobody takes more', async () => {
    const model = smallModel();
    const controller = new AbortController();
    const requests = prompts.map((prompt, seed) => request(prompt, seed, { maxNewTokens: 30 }));
    const results: GenerateResult[] = [];
    let taken = 0;
    for await (const { draw, request: index, result } of generateStream(model, requests, {
      compiled: 'always',
      signal: controller.signal,
    })) {
      if (draw !== undefined && index === 0 && ++taken === 12) controller.abort();
      if (result !== undefined) results[index] = result;
    }
    expect(results.map(({ stopReason }) => stopReason)).toEqual(prompts.map(() => 'abort'));
    expect(results.map(({ tokens }) => tokens.length)).toEqual(prompts.map(() => 12));
    for await (const { draw } of generateStream(model, requests, { compiled: 'always' })) {
      expect(draw).toBeDefined();
      break;
    }
    expectSame(await compiled(model, requests), await eager(model, requests));
    model.dispose();
  });

  it('uses new weights at the next call, set or written by a function of the program', async () => {
    const model = smallModel();
    const other = smallModel({}, 2);
    const requests = prompts.map((prompt, seed) => request(prompt, seed));
    const before = await compiled(model, requests);
    expectSame(before, await eager(model, requests));
    model.setParameters(Object.fromEntries(Object.entries(other.parameters).map(([name, one]) => [name, one.clone()])));
    const after = await compiled(model, requests);
    expect(after.map(({ tokens }) => [...tokens])).not.toEqual(before.map(({ tokens }) => [...tokens]));
    expectSame(after, await eager(other, requests));
    const name = 'model.norm.weight';
    const negate = model.program.define('negate', (variables) => ({
      outputs: {},
      updates: { [name]: tf.neg(variables[name] as tf.Tensor) },
    }));
    await negate({});
    expectSame(await compiled(model, requests), await eager(model, requests));
    await negate({});
    expectSame(await compiled(model, requests), after);
    model.dispose();
    other.dispose();
  });

  it('runs several calls at once', async () => {
    const model = smallModel();
    const calls = [0, 10, 20].map((seed) =>
      prompts.map((prompt, i) => request(prompt, seed + i, { maxNewTokens: 12 })),
    );
    const together = await Promise.all(calls.map((requests) => compiled(model, requests)));
    for (const [i, requests] of calls.entries())
      expectSame(together[i] as GenerateResult[], await eager(model, requests));
    model.dispose();
  });

  it('leaves nothing behind, also after an error, and reads no parameters again', async () => {
    const model = smallModel();
    const requests = ragged.slice(0, 9);
    await compiled(model, requests, { maxBatchSize: 3 });
    const { parameters } = model;
    await expectNoLeaks(async () => {
      await compiled(model, requests, { maxBatchSize: 3 });
    });
    expect(model.parameters).toBe(parameters);
    expect(Object.keys(model.program.read())).toEqual(Object.keys(parameters));
    const all = Array.from({ length: 23 }, (_, id) => id);
    const failing = [...requests, request([3], 1, { suppressTokens: all })];
    await expectNoLeaks(async () => {
      await expect(compiled(model, failing)).rejects.toThrow(/no token is left/);
    });
    model.setParameters({
      ...model.parameters,
      'model.norm.weight': tf.fill([16], Number.NaN),
    });
    for (const temperature of [0, 1]) {
      const error: unknown = await compiled(model, [request([3], 1, { temperature })]).catch(
        (reason: unknown) => reason,
      );
      expect(isRlloomError(error) && error.kind).toBe('health');
    }
    model.dispose();
  });

  it('goes the other way for what it does not cover, or what does not fit the memory it would take', async () => {
    const model = smallModel();
    const { version } = model.program;
    for (const changes of [{ repetitionPenalty: 1.3 }, { noRepeatNgramSize: 2 }, { typicalP: 0.5 }]) {
      const requests = prompts.map((prompt, seed) => request(prompt, seed, changes));
      expectSame(await compiled(model, requests), await eager(model, requests));
    }
    const requests = prompts.map((prompt, seed) => request(prompt, seed));
    const [first] = await compiled(model, requests, { alternatives: 2 });
    expect(first?.alternatives?.[0]).toHaveLength(2);
    const bounded = { maxCacheBytes: 128 * 13 * 2, maxBatchSize: 1 };
    expectSame(await compiled(model, requests, bounded), await eager(model, requests));
    expect(model.program.version).toBe(version);
    const { peakCacheBytes, batchSize } = await statisticsOf((onStatistics) =>
      compiled(model, ragged, { maxCacheBytes: 200_000, onStatistics }),
    );
    expect(batchSize).toBeLessThan(23);
    expect(peakCacheBytes).toBeLessThanOrEqual(200_000);
    expect(model.program.version).toBeGreaterThan(version);
    model.dispose();
  });
});

describeBackends('generate, compiled families', () => {
  describe.each(familyFixtures)('%s', (family) => {
    it('gives what the loop in JavaScript gives', async () => {
      const model = familyModel(family);
      const size = model.config.vocabularySize;
      const requests = [1, 4, 9, 4].map((length, seed) =>
        request(
          Array.from({ length }, (_, t) => (5 + 7 * t + seed) % size),
          seed,
          { maxNewTokens: 14, temperature: seed === 1 ? 0 : 0.8 },
        ),
      );
      expectSame(await compiled(model, requests, { maxBatchSize: 3 }), await eager(model, requests));
      model.dispose();
    });
  });
});
