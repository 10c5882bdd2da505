import { type GenerationRequest, isRlloomError } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { tokenLogProbs } from '../log-probs/token-log-probs.ts';
import { smallModel } from '../testing/small-model.ts';
import { statisticsOf } from '../testing/statistics-of.ts';
import { cacheBytes } from './cache-bytes.ts';
import { generate as generateAny } from './generate.ts';
import type { GenerateOptions } from './generation-options.ts';
import { repeatRequest } from './generation-request.ts';

const request = (promptTokens: readonly number[], seed: number, maxNewTokens: number): GenerationRequest => ({
  promptTokens,
  seed,
  sampling: { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens, eosTokenIds: [0] },
});

// The compiled loop has tests of its own.
const generate = (model: CausalLanguageModel, requests: readonly GenerationRequest[], options: GenerateOptions = {}) =>
  generateAny(model, requests, { ...options, compiled: 'never' });

// Prompts of 1 to 20 tokens, budgets of 1 to 44: past the first 32 places of a slot, ended by budgets and end tokens.
const ragged = Array.from({ length: 23 }, (_, i) =>
  request(
    Array.from({ length: 1 + ((7 * i) % 20) }, (_unused, t) => 1 + ((i + 3 * t) % 22)),
    i,
    1 + ((11 * i) % 44),
  ),
);

describeBackends('generate, continuous batching', () => {
  it('gives each request the tokens that it has alone, whatever takes over the slots', async () => {
    const model = smallModel();
    const alone: number[][] = [];
    for (const one of ragged) alone.push([...((await generate(model, [one]))[0]?.tokens ?? [])]);
    expect(new Set(alone.map(({ length }) => length)).size).toBeGreaterThan(8);
    for (const maxBatchSize of [1, 3, 8, 64]) {
      const together = await generate(model, ragged, { maxBatchSize });
      expect(
        together.map(({ tokens }) => [...tokens]),
        `${maxBatchSize} slots`,
      ).toEqual(alone);
    }
    model.dispose();
  });

  it('computes from slots what the forward pass computes of the whole', async () => {
    const model = smallModel();
    const results = await generate(model, ragged, { maxBatchSize: 4 });
    for (const [i, { tokens, logProbs }] of results.entries()) {
      const { promptTokens } = ragged[i] as GenerationRequest;
      const ids = tf.tensor2d([[...promptTokens, ...tokens]], undefined, 'int32');
      const mask = tf.onesLike(ids);
      const { logProbs: expected } = tokenLogProbs(model.config, model.parameters, {
        tokens: ids,
        attentionMask: mask,
      });
      const values = [...(await expected.data<'float32'>())].slice(promptTokens.length - 1);
      values.forEach((value, t) => expect(logProbs[t]).toBeCloseTo(value, 4));
      tf.dispose([ids, mask, expected]);
    }
    model.dispose();
  });

  it('gives a free slot to the next request', async () => {
    const model = smallModel();
    // Per 8 requests one of 32 tokens and seven of 4: one batch after the other would take 4 · 32 steps.
    const requests = Array.from({ length: 32 }, (_, i) => ({
      ...request([1 + (i % 20), 2], i, i % 8 === 0 ? 33 : 5),
      sampling: { ...(ragged[0] as GenerationRequest).sampling, eosTokenIds: [], maxNewTokens: i % 8 === 0 ? 33 : 5 },
    }));
    const { decodeSteps, decodedTokens, batchSize } = await statisticsOf((onStatistics) =>
      generate(model, requests, { maxBatchSize: 8, onStatistics }),
    );
    expect([batchSize, decodedTokens]).toEqual([8, 4 * 32 + 28 * 4]);
    expect(decodeSteps).toBeLessThan(64);
    model.dispose();
  });

  it('reads the prompt of a group once, even when its samples do not fit the batch', async () => {
    const model = smallModel();
    const group = repeatRequest({ ...request([3, 4, 5], 1, 6) }, 10);
    expect(new Set(group.map(({ seed }) => seed)).size).toBe(10);
    const other = repeatRequest(request([9], 2, 6), 3);
    const alone = [...(await generate(model, group)), ...(await generate(model, other))];
    const statistics = await statisticsOf(async (onStatistics) => {
      const results = await generate(model, [...group, ...other], { maxBatchSize: 4, onStatistics });
      expect(results.map(({ tokens }) => [...tokens])).toEqual(alone.map(({ tokens }) => [...tokens]));
    });
    expect(statistics.prompts).toBe(2);
    expect(new Set(alone.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(5);
    model.dispose();
  });

  it('stays within the memory it is given: a smaller batch, the same tokens', async () => {
    const model = smallModel();
    const free = await generate(model, ragged);
    // 2 layers · 2 heads · width 4, keys and values, float32.
    expect(cacheBytes(model.config, { sequences: 1, tokens: 1 })).toBe(128);
    const maxCacheBytes = 128 * 63 * 6;
    const { peakCacheBytes, batchSize } = await statisticsOf(async (onStatistics) => {
      const bounded = await generate(model, ragged, { maxCacheBytes, onStatistics });
      expect(bounded.map(({ tokens }) => [...tokens])).toEqual(free.map(({ tokens }) => [...tokens]));
    });
    expect(batchSize).toBeGreaterThan(1);
    expect(batchSize).toBeLessThan(6);
    expect(peakCacheBytes).toBeLessThanOrEqual(maxCacheBytes);
    expect(peakCacheBytes).toBeGreaterThan(128 * 32 * batchSize);
    model.dispose();
  });

  it('refuses before it computes what does not fit the memory it is given', async () => {
    const model = smallModel();
    const refusal = async (options: { maxBatchSize?: number; maxCacheBytes: number }): Promise<string> => {
      const before = tf.memory().numTensors;
      const error: unknown = await generate(model, ragged, options).catch((reason: unknown) => reason);
      expect(isRlloomError(error) && error.kind).toBe('config');
      expect(tf.memory().numTensors).toBe(before);
      return (error as Error).message;
    };
    expect(await refusal({ maxBatchSize: 23, maxCacheBytes: 128 * 63 * 6 })).toMatch(
      /23 sequences of up to \d+ tokens need up to \d+ bytes .*the limit is 48384[\s\S]*lower the batch size to [2-5],/,
    );
    expect(await refusal({ maxCacheBytes: 1000 })).toMatch(/not even one sequence fits/);
    model.dispose();
  });

  it('frees slots, prompts that wait and what an error leaves', async () => {
    const model = smallModel();
    await expectNoLeaks(async () => {
      await generate(model, ragged, { maxBatchSize: 3 });
    });
    const controller = new AbortController();
    await expectNoLeaks(async () => {
      const results = await generate(model, repeatRequest(request([3, 4], 1, 20), 9), {
        maxBatchSize: 2,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      expect(results.filter(({ stopReason }) => stopReason === 'abort').length).toBeGreaterThan(4);
    });
    await expectNoLeaks(async () => {
      const failing = { ...request([3], 1, 9), sampling: { ...request([3], 1, 9).sampling, suppressTokens: all } };
      await expect(generate(model, [...ragged, failing], { maxBatchSize: 4 })).rejects.toThrow(/no token is left/);
    });
    model.dispose();
  });
});

const all = Array.from({ length: 23 }, (_, id) => id);
