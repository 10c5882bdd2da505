import { type GenerationRequest, isRlloomError, type SamplingParameters } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { tokenLogProbs } from '../log-probs/token-log-probs.ts';
import { smallModel } from '../testing/small-model.ts';
import { characterTokenizerFiles } from '../tokenizer/character-tokenizer.ts';
import { tokenizerFromFiles } from '../testing/tokenizer-from-files.ts';
import { generate } from './generate.ts';

const sampling: SamplingParameters = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 8, eosTokenIds: [] };
const request = (
  promptTokens: readonly number[],
  seed = 0,
  changes: Partial<SamplingParameters> = {},
): GenerationRequest => ({
  promptTokens,
  seed,
  sampling: { ...sampling, ...changes },
});

// What the trainer's forward pass says of prompt and new tokens, at the sampling temperature.
async function recomputed(
  model: CausalLanguageModel,
  [prompt, tokens]: readonly [readonly number[], Int32Array],
  temperature: number,
): Promise<number[]> {
  const ids = [...prompt, ...tokens];
  const { logProbs } = tf.tidy(() => {
    const batch = {
      tokens: tf.tensor2d([ids], undefined, 'int32'),
      attentionMask: tf.ones<tf.Rank.R2>([1, ids.length], 'int32'),
    };
    return tokenLogProbs(model.config, model.parameters, batch, { temperature });
  });
  const values = await logProbs.data<'float32'>();
  logProbs.dispose();
  return [...values].slice(prompt.length - 1);
}

const prompts = [[3], [3, 4, 5], [9, 8, 7, 6, 5], [3, 4, 5], [1, 2]];

describeBackends('generate', () => {
  it('gives the log-probs that the trainer computes', async () => {
    const model = smallModel();
    for (const temperature of [1, 0.7, 1.6]) {
      const results = await generate(
        model,
        prompts.map((prompt, seed) => request(prompt, seed, { temperature, topK: 5 })),
      );
      for (const [i, { tokens, logProbs, samplingLogProbs, policyVersions, stopReason }] of results.entries()) {
        expect([tokens.length, stopReason]).toEqual([8, 'length']);
        const expected = await recomputed(model, [prompts[i] as number[], tokens], temperature);
        expected.forEach((value, t) => expect(logProbs[t]).toBeCloseTo(value, 4));
        samplingLogProbs.forEach((value, t) => expect(value).toBeGreaterThanOrEqual((logProbs[t] as number) - 1e-6));
        expect([...policyVersions]).toEqual(new Array(8).fill(0));
      }
    }
    model.dispose();
  });

  it('samples a request alike alone, among others, in any order and batch size', async () => {
    const model = smallModel();
    const requests = prompts.map((prompt, seed) => request(prompt, seed, { maxNewTokens: 5 + 3 * seed }));
    const together = await generate(model, requests);
    const reversed = (await generate(model, [...requests].reverse(), { maxBatchSize: 2 })).reverse();
    for (const [i, one] of requests.entries()) {
      const [alone] = await generate(model, [one]);
      expect([...(alone?.tokens ?? [])]).toEqual([...(together[i]?.tokens ?? [])]);
      expect([...(reversed[i]?.tokens ?? [])]).toEqual([...(together[i]?.tokens ?? [])]);
      alone?.logProbs.forEach((value, t) => expect(together[i]?.logProbs[t]).toBeCloseTo(value, 4));
    }
    const otherSeeds = await generate(
      model,
      requests.map((one) => ({ ...one, seed: one.seed + 100 })),
    );
    expect(otherSeeds.map(({ tokens }) => [...tokens])).not.toEqual(together.map(({ tokens }) => [...tokens]));
    model.dispose();
  });

  it('draws different continuations of one prompt, and reads the prompt once', async () => {
    const model = smallModel();
    const { result, kernelNames } = await profiled(() =>
      generate(
        model,
        Array.from({ length: 6 }, (_, seed) => request([3, 4, 5], seed, { maxNewTokens: 1 })),
      ),
    );
    expect(new Set(result.map(({ tokens }) => tokens[0])).size).toBeGreaterThan(1);
    expect(kernelNames.shapes).toContain('1,3');
    expect(kernelNames.shapes).not.toContain('6,3');
    model.dispose();
  });

  it('continues greedily without using the seed', async () => {
    const model = smallModel();
    const results = await generate(
      model,
      [1, 2, 3].map((seed) => request([5, 6], seed, { temperature: 0 })),
    );
    expect(results[1]?.tokens).toEqual(results[0]?.tokens);
    expect(results[2]?.tokens).toEqual(results[0]?.tokens);
    expect([...(results[0]?.samplingLogProbs ?? [])]).toEqual(new Array(8).fill(0));
    const expected = await recomputed(model, [[5, 6], results[0]?.tokens as Int32Array], 1);
    expected.forEach((value, t) => expect(results[0]?.logProbs[t]).toBeCloseTo(value, 4));
    model.dispose();
  });

  it('ends a sequence at an end token, which is its last, and goes on with the others', async () => {
    const model = smallModel();
    const free = await generate(
      model,
      prompts.map((prompt, seed) => request(prompt, seed, { maxNewTokens: 12 })),
    );
    const end = free[2]?.tokens[3] as number;
    const results = await generate(
      model,
      prompts.map((prompt, seed) => request(prompt, seed, { maxNewTokens: 12, eosTokenIds: [end] })),
      { policyVersion: 7 },
    );
    for (const [i, { tokens, stopReason, policyVersions }] of results.entries()) {
      const whole = [...(free[i]?.tokens ?? [])];
      const at = whole.indexOf(end);
      expect([...tokens]).toEqual(at < 0 ? whole : whole.slice(0, at + 1));
      expect(stopReason).toBe(at < 0 ? 'length' : 'eos');
      expect([...policyVersions]).toEqual(new Array(tokens.length).fill(7));
    }
    expect(results[2]?.stopReason).toBe('eos');
    model.dispose();
  });

  it('takes the end tokens of the request, else of the call, else of the model', async () => {
    const model = smallModel({ eos_token_id: Array.from({ length: 23 }, (_, id) => id) });
    const { eosTokenIds: _, ...unset } = sampling;
    const open = { promptTokens: [3], seed: 1, sampling: unset };
    const results = [
      ...(await generate(model, [open])),
      ...(await generate(model, [open], { eosTokenIds: [] })),
      ...(await generate(model, [request([3], 1)])),
    ];
    expect(results.map(({ tokens, stopReason }) => [tokens.length, stopReason])).toEqual([
      [1, 'eos'],
      [8, 'length'],
      [8, 'length'],
    ]);
    model.dispose();
  });

  it('ends a sequence when a stop string appears in its text, across tokens', async () => {
    const tokenizer = await tokenizerFromFiles(characterTokenizerFiles({ tokens: [...'abcdefghij', '####', ' x'] }));
    const model = smallModel({ vocab_size: tokenizer.vocabularySize, initializer_range: 0.2 });
    const free = await generate(model, [request([4], 1, { maxNewTokens: 20 })]);
    const text = tokenizer.decode(free[0]?.tokens as Int32Array);
    const stop = tokenizer.decode((free[0]?.tokens as Int32Array).slice(5, 8));
    const [result] = await generate(
      model,
      [request([4], 1, { maxNewTokens: 20, stopStrings: ['never there', stop] })],
      { tokenizer },
    );
    expect(result?.stopReason).toBe('stop');
    const stopped = tokenizer.decode(result?.tokens as Int32Array);
    expect(text.startsWith(stopped)).toBe(true);
    expect(stopped.endsWith(stop)).toBe(true);
    expect(stopped.slice(0, -1)).not.toContain(stop);
    await expect(generate(model, [request([4], 1, { stopStrings: ['a'] })])).rejects.toThrow(
      /stop strings need a tokenizer/,
    );
    model.dispose();
  });

  it('ends with what it has when the caller aborts', async () => {
    const model = smallModel();
    const controller = new AbortController();
    const progress: [number, number][] = [];
    const requests = [
      request([1], 1, { maxNewTokens: 3 }),
      request([2, 2], 2, { maxNewTokens: 50 }),
      request([4, 4, 4], 3, { maxNewTokens: 50 }),
    ];
    const results = await generate(model, requests, {
      signal: controller.signal,
      maxBatchSize: 2,
      onProgress: (finished, total) => {
        progress.push([finished, total]);
        controller.abort();
      },
    });
    expect(progress).toEqual([[1, 3]]);
    expect(results.map(({ tokens, stopReason }) => [tokens.length, stopReason])).toEqual([
      [3, 'length'],
      [3, 'abort'],
      [0, 'abort'],
    ]);
    const [before] = await generate(model, [request([1])], { signal: AbortSignal.abort() });
    expect(before).toMatchObject({ stopReason: 'abort', tokens: new Int32Array(0) });
    model.dispose();
  });

  it('reports how many have ended', async () => {
    const model = smallModel();
    const progress: [number, number][] = [];
    const requests = [
      request([1], 1, { maxNewTokens: 3 }),
      request([2], 2, { maxNewTokens: 5 }),
      request([4, 4], 3, { maxNewTokens: 1 }),
    ];
    await generate(model, requests, { onProgress: (finished, total) => progress.push([finished, total]) });
    expect(progress).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    model.dispose();
  });

  it('lets other work run between tokens', async () => {
    const model = smallModel();
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await generate(model, [request([1], 1, { maxNewTokens: 40 })]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    model.dispose();
  });

  it.each([
    ['an empty prompt', [], {}, 'rollout', /the prompt has no tokens/],
    [
      'a prompt that does not fit',
      new Array<number>(60).fill(1),
      { maxNewTokens: 5 },
      'rollout',
      /60 prompt tokens and 5 new ones exceed the model's 64 positions/,
    ],
    ['an unknown token', [1, 23], {}, 'rollout', /token 23 is not in the vocabulary of 23/],
    ['a negative token', [-1], {}, 'rollout', /token -1/],
    ['no budget', [1], { maxNewTokens: 0 }, 'config', /token budget must be at least 1/],
    ['a negative temperature', [1], { temperature: -1 }, 'config', /out of range/],
    ['a top-p of 0', [1], { topP: 0 }, 'config', /out of range/],
  ] as const)('refuses %s', async (...[, prompt, changes, kind, message]) => {
    const model = smallModel();
    const error: unknown = await generate(model, [request([1]), request(prompt, 0, changes)]).catch(
      (reason: unknown) => reason,
    );
    expect(isRlloomError(error) && error.kind).toBe(kind);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/generation request 1/);
    model.dispose();
  });

  it('fills all positions of the model', async () => {
    const model = smallModel();
    const [result] = await generate(model, [request(new Array<number>(60).fill(1), 0, { maxNewTokens: 4 })]);
    expect(result?.tokens.length).toBe(4);
    expect(await generate(model, [])).toEqual([]);
    model.dispose();
  });

  it('says so when the model has diverged, and frees what it made', async () => {
    const model = smallModel();
    model.setParameters({ ...model.parameters, 'model.norm.weight': tf.fill([16], Number.NaN) });
    await expectNoLeaks(async () => {
      await expect(generate(model, [request([1, 2])])).rejects.toThrow(/logits that are NaN or infinite/);
    });
    model.dispose();
  });

  it('frees what it makes', async () => {
    const model = smallModel();
    await expectNoLeaks(async () => {
      await generate(
        model,
        prompts.map((prompt, seed) => request(prompt, seed, { maxNewTokens: 3 + 4 * seed })),
        { maxBatchSize: 3 },
      );
    });
    const controller = new AbortController();
    await expectNoLeaks(async () => {
      await generate(model, [request([1], 1, { maxNewTokens: 2 }), request([2], 2)], {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
    });
    model.dispose();
  });
});

async function profiled<Result>(
  run: () => Promise<Result>,
): Promise<{ result: Result; kernelNames: { shapes: string[] } }> {
  const results: Result[] = [];
  const { kernels } = await tf.profile(async () => {
    results.push(await run());
    return tf.scalar(0);
  });
  return {
    result: results[0] as Result,
    kernelNames: { shapes: kernels.flatMap(({ inputShapes }) => inputShapes.map(String)) },
  };
}
