import { createModel, loadTokenizer, parseModelConfig, tokenLogProbs, writeTokenizerFiles } from '@rlloom/models';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testRolloutEngine } from '@rlloom/spec/testing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its test needs a backend to run on
import { selectBackend, tf } from '@rlloom/tensor';
import { describe, expect, it } from 'vitest';
import { createLocalEngine } from './local-engine.ts';

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

async function makeEngine() {
  await selectBackend({ backend: 'wasm' });
  const directory = await mkdtemp(join(tmpdir(), 'rlloom-engine-'));
  await writeTokenizerFiles(directory, { tokens: [...'0123456789+-=;'] });
  const tokenizer = await loadTokenizer(directory);
  await rm(directory, { recursive: true });
  const model = createModel(config, { seed: 4 });
  return { model, tokenizer, engine: createLocalEngine({ model, tokenizer, maxBatchSize: 4 }) };
}

testRolloutEngine('local', async () => {
  const { engine } = await makeEngine();
  return { engine, prompts: [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12], [3, 4, 5], [13, 14]] };
});

describe('createLocalEngine', () => {
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
