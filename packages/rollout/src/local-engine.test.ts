import { createModel, loadTokenizer, parseModelConfig, tokenLogProbs, writeTokenizerFiles } from '@rlloom/models';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testRolloutEngine } from '@rlloom/spec/testing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its test needs a backend to run on
import { selectBackend, tf } from '@rlloom/tensor';
import { describe, expect, it } from 'vitest';
import { createLocalEngine, type LocalEngineOptions } from './local-engine.ts';

const config = parseModelConfig({
  model_type: 'qwen2',
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  intermediate_size: 24,
  vocab_size: 20,
  max_position_embeddings: 48,
  tie_word_embeddings: true,
  initializer_range: 0.3,
});

async function makeEngine(more: Partial<LocalEngineOptions> = {}) {
  await selectBackend({ backend: 'wasm' });
  const directory = await mkdtemp(join(tmpdir(), 'rlloom-engine-'));
  await writeTokenizerFiles(directory, { tokens: [...'0123456789+-=;'] });
  const tokenizer = await loadTokenizer(directory);
  await rm(directory, { recursive: true });
  const model = createModel(config, { seed: 4 });
  return { model, tokenizer, engine: createLocalEngine({ model, tokenizer, maxBatchSize: 4, ...more }) };
}

testRolloutEngine('local', async () => {
  const { engine } = await makeEngine();
  return { engine, prompts: [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12], [3, 4, 5], [13, 14]] };
});

testRolloutEngine('local, interruptible', async () => {
  const { engine } = await makeEngine({ interruptible: true });
  return { engine, prompts: [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12], [3, 4, 5], [13, 14]] };
});

const requestsOf = (count: number, maxNewTokens: number) =>
  Array.from({ length: count }, (_, seed) => ({
    promptTokens: [3 + seed, 9, 4],
    seed,
    sampling: { temperature: 0.8, topK: 0, topP: 1, minP: 0, maxNewTokens, eosTokenIds: [] },
  }));

describe('createLocalEngine, interruptible', () => {
  it.each(['never', 'always'] as const)(
    'goes on with the same sequences under new weights, each token marked (compiled: %s)',
    async (compiled) => {
      const { engine, model } = await makeEngine({ interruptible: true, compiled });
      const logProbsOf = async (tokens: readonly number[]) => {
        const input = tf.tensor2d([[...tokens]], undefined, 'int32');
        const batch = { tokens: input, attentionMask: tf.onesLike(input) };
        return tokenLogProbs(model.config, model.parameters, batch, { temperature: 0.8 }).logProbs.data();
      };
      await engine.updateWeights({ kind: 'shared', version: 7 });
      // The first is short: when it has ended the others are on their way.
      const requests = [...requestsOf(1, 4), ...requestsOf(6, 40).slice(1)];
      const lengths: number[] = [];
      let generating: ReturnType<typeof engine.generate> | undefined;
      await new Promise<void>((isOnItsWay) => {
        const onProgress = (finished: number): void => {
          lengths.push(finished);
          isOnItsWay();
        };
        generating = engine.generate(requests, { onProgress });
      });
      await engine.pause();
      const other = createModel(config, { seed: 99 });
      const oldParameters = Object.fromEntries(
        Object.entries(model.parameters).map(([name, tensor]) => [name, tf.clone(tensor)]),
      );
      model.setParameters(Object.fromEntries(Object.entries(other.parameters).map(([n, t]) => [n, tf.clone(t)])));
      await engine.updateWeights({ kind: 'shared', version: 8 });
      await engine.resume();
      const results = (await generating) ?? [];
      const changed = results.filter(({ policyVersions }) => policyVersions.includes(7) && policyVersions.includes(8));
      expect(changed.length).toBeGreaterThan(0);
      const newLogProbs = await Promise.all(
        results.map(({ tokens }, i) => logProbsOf([...(requests[i]?.promptTokens ?? []), ...tokens])),
      );
      model.setParameters(oldParameters);
      const oldLogProbs = await Promise.all(
        results.map(({ tokens }, i) => logProbsOf([...(requests[i]?.promptTokens ?? []), ...tokens])),
      );
      results.forEach((result, i) => {
        expect(result.tokens).toHaveLength(requests[i]?.sampling.maxNewTokens ?? 0);
        expect([...result.policyVersions]).toEqual([...result.policyVersions].sort());
        result.logProbs.forEach((value, t) => {
          const own = (result.policyVersions[t] === 8 ? newLogProbs : oldLogProbs)[i]?.[t + 2] as number;
          expect(Math.abs(value - own)).toBeLessThan(1e-4);
        });
      });
      expect(lengths.at(-1)).toBe(6);
      other.dispose();
      model.dispose();
    },
  );

  it('puts calls that run at the same time into one batch, and each gets what it would alone', async () => {
    const { engine, model } = await makeEngine({ interruptible: true });
    const requests = requestsOf(5, 20);
    const together = await Promise.all(requests.map((request) => engine.generate([request])));
    const late = engine.generate(requests.slice(0, 3));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const later = await engine.generate(requests.slice(3));
    const plain = createLocalEngine({ model, tokenizer: (await makeEngine()).tokenizer });
    const alone = await plain.generate(requests);
    expect(together.flat().map(({ tokens }) => tokens)).toEqual(alone.map(({ tokens }) => tokens));
    expect([...(await late), ...later].map(({ tokens }) => tokens)).toEqual(alone.map(({ tokens }) => tokens));
    model.dispose();
  });

  it('ends an aborted call at the next safe point and keeps the others whole', async () => {
    const { engine, model } = await makeEngine({ interruptible: true });
    const [first, second] = [requestsOf(2, 40), requestsOf(4, 40).slice(2)];
    const controller = new AbortController();
    const aborted = engine.generate(first, { signal: controller.signal });
    const kept = engine.generate(second);
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();
    expect((await aborted).map(({ stopReason }) => stopReason)).toEqual(['abort', 'abort']);
    expect((await kept).map(({ tokens }) => tokens.length)).toEqual([40, 40]);
    await engine.pause();
    const halted = engine.generate(first, { signal: AbortSignal.timeout(20) });
    expect((await halted).map(({ tokens }) => tokens.length)).toEqual([0, 0]);
    await engine.resume();
    model.dispose();
  });

  it('a failure in the batch reaches every caller, and the engine goes on', async () => {
    const { engine, model } = await makeEngine({ interruptible: true, maxCacheBytes: 3000 });
    const calls = [engine.generate(requestsOf(4, 40)), engine.generate(requestsOf(4, 40))];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await engine.generate(requestsOf(1, 3))).toMatchObject([{ stopReason: 'length' }]);
    model.dispose();
  });

  it('gets on beside work that holds the thread much longer than a token takes', async () => {
    const { engine } = await makeEngine({ interruptible: true, compiled: 'never' });
    let isDone = false;
    let turnsOfOthers = 0;
    const others = (): void => {
      turnsOfOthers++;
      for (const until = performance.now() + 100; performance.now() < until; );
      if (!isDone) setImmediate(others);
    };
    setImmediate(others);
    const results = await engine.generate(requestsOf(2, 40));
    isDone = true;
    expect(results.map(({ tokens }) => tokens.length)).toEqual([40, 40]);
    // One turn for each token would be 40.
    expect(turnsOfOthers).toBeLessThan(20);
  });
});

describe('createLocalEngine', () => {
  it.each([false, true])(
    'pauses when running calls have ended, where they cannot be halted (calls joined: %s)',
    async (joinsCalls) => {
      const { engine, model } = await makeEngine({ joinsCalls });
      let ended = false;
      const running = engine.generate(requestsOf(2, 20)).finally(() => (ended = true));
      await Promise.resolve();
      await engine.pause();
      expect(ended).toBe(true);
      expect(await running).toHaveLength(2);
      await engine.resume();
      model.dispose();
    },
  );

  it('reports the log-probs the trainer computes', async () => {
    const { engine, model } = await makeEngine();
    const prompt = [3, 9, 4];
    const [result] = await engine.generate([
      {
        promptTokens: prompt,
        seed: 5,
        sampling: { temperature: 0.8, topK: 0, topP: 1, minP: 0, maxNewTokens: 10, eosTokenIds: [] },
      },
    ]);
    const tokens = tf.tensor2d([[...prompt, ...(result?.tokens ?? [])]], undefined, 'int32');
    const { logProbs } = tokenLogProbs(
      model.config,
      model.parameters,
      { tokens, attentionMask: tf.onesLike(tokens) },
      { temperature: 0.8 },
    );
    const expected = [...(await logProbs.data())].slice(prompt.length - 1);
    result?.logProbs.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 5));
    model.dispose();
  });

  it('gives more than every engine: streams, raw log-probs, text, a limit of memory', async () => {
    const { model, tokenizer, engine } = await makeEngine();
    const requests = [1, 2, 3].map((seed) => ({
      promptTokens: [3, 9],
      seed,
      sampling: { temperature: 0.8, topK: 0, topP: 1, minP: 0, maxNewTokens: 6, minNewTokens: 2, eosTokenIds: [] },
    }));
    await engine.updateWeights({ kind: 'shared', version: 3 });
    const options = { rawLogProbs: true, alternatives: 2, text: 'whole' } as const;
    const results = await engine.generate(requests, options);
    const streamed = [];
    for await (const { result } of engine.stream(requests, options)) if (result !== undefined) streamed.push(result);
    expect(streamed).toEqual(results);
    for (const { tokens, text, rawLogProbs, alternatives, policyVersions } of results) {
      expect(text).toBe(tokenizer.decode(tokens));
      expect([rawLogProbs?.length, alternatives?.length]).toEqual([6, 6]);
      expect(policyVersions).toEqual(new Int32Array(6).fill(3));
    }
    const bounded = createLocalEngine({ model, tokenizer, maxCacheBytes: 500 });
    await expect(bounded.generate(requests)).rejects.toMatchObject({ kind: 'config' });
    model.dispose();
  });

  it('lets go of calls that are aborted while it is paused', async () => {
    const { model, engine } = await makeEngine();
    await engine.pause();
    const controller = new AbortController();
    const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 6, eosTokenIds: [] };
    const aborted = engine.generate([{ promptTokens: [3], seed: 1, sampling }], { signal: controller.signal });
    const waiting = engine.generate([{ promptTokens: [3], seed: 1, sampling }]);
    controller.abort();
    expect(await aborted).toMatchObject([{ stopReason: 'abort', tokens: new Int32Array(0) }]);
    await engine.resume();
    expect(await waiting).toMatchObject([{ stopReason: 'length' }]);
    model.dispose();
  });

  it('refuses weights that are not shared', async () => {
    const { engine, model } = await makeEngine();
    await expect(engine.updateWeights({ kind: 'checkpoint', directory: 'x', version: 1 })).rejects.toMatchObject({
      kind: 'rollout',
    });
    model.dispose();
  });
});
