import type { GenerationRequest, GenerationResult, RolloutEngine, Tokenizer } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { createEngineJudge } from './engine-judge.ts';
import { JudgeFailure } from './judge-model.ts';

/** One token per character. */
const tokenizer = {
  hasChatTemplate: true,
  encode: (text: string) => Int32Array.from(text, (char) => char.codePointAt(0)!),
  encodeChat: (messages: readonly { content: string }[]) =>
    Int32Array.from(`>${messages.map(({ content }) => content).join('')}:`, (char) => char.codePointAt(0)!),
  decode: (tokens: ArrayLike<number>) => String.fromCodePoint(...Array.from(tokens)),
} as unknown as Tokenizer;

/** An engine that repeats its prompt backwards; `release` lets a batch end. */
function echoEngine(maxSequenceLength = 100) {
  const batches: GenerationRequest[][] = [];
  let release: () => void = () => undefined;
  let held: Promise<void> | undefined;
  const signals: (AbortSignal | undefined)[] = [];
  const engine = {
    capabilities: { maxSequenceLength },
    async generate(requests: readonly GenerationRequest[], options: { signal?: AbortSignal } = {}) {
      batches.push([...requests]);
      signals.push(options.signal);
      await held;
      return requests.map(
        ({ promptTokens, sampling }) =>
          ({
            tokens: Int32Array.from(promptTokens).reverse().slice(0, sampling.maxNewTokens),
            stopReason: options.signal?.aborted ? 'abort' : 'eos',
          }) as GenerationResult,
      );
    },
  } as unknown as RolloutEngine;
  const hold = (): void => {
    held = new Promise((resolve) => (release = resolve));
  };
  return { engine, batches, signals, hold, release: () => release() };
}
const options = { signal: new AbortController().signal, maxTokens: 50, temperature: 0, seed: 3 };
const ask = (content: string) => [{ role: 'user', content }] as const;

describe('createEngineJudge', () => {
  it('asks by the chat template or plainly, and counts tokens', async () => {
    const { engine, batches } = echoEngine();
    const judge = createEngineJudge({ engine, tokenizer, stopStrings: ['\n'] });
    expect(await judge(ask('abc'), options)).toEqual({ text: ':cba>', promptTokens: 5, completionTokens: 5 });
    expect(batches[0]![0]).toMatchObject({
      seed: 3,
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, maxNewTokens: 50, stopStrings: ['\n'] },
    });
    const plain = createEngineJudge({ engine, tokenizer, promptFormat: 'plain' });
    expect((await plain(ask('abc'), { ...options, temperature: null, seed: null })).text).toBe('cba');
    expect(batches[1]![0]).toMatchObject({ seed: 0, sampling: { temperature: 1 } });
    expect([judge.cacheKey, createEngineJudge({ engine, tokenizer, cacheKey: 'v1' }).cacheKey]).toEqual([
      undefined,
      'v1',
    ]);
  });

  it('puts what is asked together into batches', async () => {
    const { engine, batches } = echoEngine();
    const judge = createEngineJudge({ engine, tokenizer, promptFormat: 'plain', maxBatchSize: 3 });
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (text) => judge(ask(text), options)));
    expect(answers.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(batches.map((batch) => batch.length)).toEqual([3, 2]);
    await judge(ask('f'), options);
    expect(batches).toHaveLength(3);
  });

  it('leaves no room, promises no schema: says so', async () => {
    const { engine } = echoEngine(10);
    const judge = createEngineJudge({ engine, tokenizer, promptFormat: 'plain' });
    expect((await judge(ask('12345678'), options)).text).toBe('87');
    await expect(judge(ask('1234567890'), options)).rejects.toMatchObject({ kind: 'answer' });
    await expect(judge(ask('a'), { ...options, responseSchema: {} })).rejects.toMatchObject({ kind: 'schema' });
  });

  it('lets one go without its neighbours, and stops a batch nobody wants', async () => {
    const { engine, batches, signals, hold, release } = echoEngine();
    const judge = createEngineJudge({ engine, tokenizer, promptFormat: 'plain' });
    hold();
    const stop = new AbortController();
    const given = judge(ask('a'), { ...options, signal: stop.signal });
    const kept = judge(ask('b'), options);
    const failed = expect(given).rejects.toMatchObject({ kind: 'stopped' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(batches).toHaveLength(1);
    stop.abort();
    await failed;
    expect(signals[0]!.aborted).toBe(false);
    release();
    expect((await kept).text).toBe('b');
    hold();
    const alone = new AbortController();
    const unwanted = expect(judge(ask('c'), { ...options, signal: alone.signal })).rejects.toBeInstanceOf(JudgeFailure);
    await new Promise((resolve) => setTimeout(resolve, 20));
    alone.abort();
    await unwanted;
    expect(signals[1]!.aborted).toBe(true);
    release();
    await expect(judge(ask('d'), { ...options, signal: AbortSignal.abort() })).rejects.toBeInstanceOf(JudgeFailure);
    expect((await judge(ask('e'), options)).text).toBe('e');
  });

  it('hands on what the engine throws, to each, and goes on', async () => {
    let isBroken = true;
    const { engine } = echoEngine();
    const breaking = {
      ...engine,
      generate: (...call: Parameters<RolloutEngine['generate']>) =>
        isBroken ? Promise.reject(new Error('no memory')) : engine.generate(...call),
    };
    const judge = createEngineJudge({ engine: breaking, tokenizer, promptFormat: 'plain' });
    const both = await Promise.allSettled([judge(ask('a'), options), judge(ask('b'), options)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    expect((await judge(ask('c'), options)).text).toBe('c');
  });
});
