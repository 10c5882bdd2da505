import { type GenerationRequest, isRlloomError, type Tokenizer } from '@rlloom/spec';
import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { smallModel } from '../testing/small-model.ts';
import { tokenizerFromFiles } from '../testing/tokenizer-from-files.ts';
import { characterTokenizerFiles } from '../tokenizer/character-tokenizer.ts';
import { generate, generateStream, type GenerationPiece } from './generate.ts';

const request = (seed: number, stopStrings: readonly string[] = [], maxNewTokens = 24): GenerationRequest => ({
  promptTokens: [4 + (seed % 3)],
  seed,
  sampling: { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens, eosTokenIds: [], stopStrings },
});

async function make(): Promise<{ readonly model: CausalLanguageModel; readonly tokenizer: Tokenizer }> {
  const tokenizer = await tokenizerFromFiles(characterTokenizerFiles({ tokens: [...'abcdefghij', '####', ' x', 'é'] }));
  return { model: smallModel({ vocab_size: tokenizer.vocabularySize, initializer_range: 0.2 }), tokenizer };
}

async function collected(pieces: AsyncIterable<GenerationPiece>): Promise<GenerationPiece[]> {
  const all: GenerationPiece[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

describeBackends('generateStream', () => {
  it('gives the tokens, log-probs and text of generate, piece by piece', async () => {
    const { model, tokenizer } = await make();
    const requests = [1, 2, 3, 4, 5].map((seed) => request(seed, [], 4 * seed));
    const options = { tokenizer, text: 'whole', maxBatchSize: 2 } as const;
    const results = await generate(model, requests, options);
    const pieces = await collected(generateStream(model, requests, options));
    for (const [index, result] of results.entries()) {
      const own = pieces.filter(({ request: of }) => of === index);
      expect(own.map(({ draw }) => draw?.token)).toEqual([...result.tokens]);
      expect(own.map(({ draw }) => Math.fround(draw?.logProb ?? 1))).toEqual([...result.logProbs]);
      expect(own.map(({ text }) => text).join('')).toBe(result.text);
      expect(result.text).toBe(tokenizer.decode(result.tokens));
      expect(own.map((piece) => piece.result)).toEqual([...own.slice(1).map(() => undefined), result]);
    }
    model.dispose();
  });

  it('keeps a stop string back or gives it, and says which tokens made it', async () => {
    const { model, tokenizer } = await make();
    const [free] = await generate(model, [request(1)], { tokenizer, text: 'whole' });
    const tokens = [...(free?.tokens ?? [])];
    // Tokens 5 to 7, which are more than one, and their first place in the text.
    const stop = tokenizer.decode(tokens.slice(5, 8));
    const textStart = (free?.text as string).indexOf(stop);
    const firstToken = tokens.findIndex((_, t) => tokenizer.decode(tokens.slice(0, t + 1)).length > textStart);
    for (const text of ['whole', 'before-stop'] as const) {
      const pieces = await collected(
        generateStream(model, [request(1, ['never there', `${stop}zzz`, stop])], { tokenizer, text }),
      );
      const result = pieces.at(-1)?.result;
      expect(result).toMatchObject({ stopReason: 'stop', stop: { string: stop, textStart, firstToken } });
      expect(tokenizer.decode(result?.tokens.slice(firstToken) as Int32Array)).toContain(stop);
      expect(tokens.slice(0, result?.tokens.length)).toEqual([...(result?.tokens ?? [])]);
      const streamed = pieces.map((piece) => piece.text).join('');
      expect(streamed).toBe(result?.text);
      expect(streamed.includes(stop)).toBe(text === 'whole');
      expect((free?.text as string).startsWith(streamed)).toBe(true);
      if (text === 'before-stop') expect(streamed).toHaveLength(textStart);
    }
    model.dispose();
  });

  it('lets a stop string pass before there are as many tokens as asked for', async () => {
    const { model, tokenizer } = await make();
    const [free] = await generate(model, [request(1)], { tokenizer, text: 'whole' });
    const stop = tokenizer.decode((free?.tokens as Int32Array).slice(2, 4));
    const early = request(1, [stop]);
    const [stopped] = await generate(model, [early], { tokenizer });
    expect([stopped?.stopReason, stopped?.tokens.length]).toEqual(['stop', 4]);
    const late = { ...early, sampling: { ...early.sampling, minNewTokens: 20 } };
    const [passed] = await generate(model, [late], { tokenizer });
    expect(passed?.tokens.length).toBeGreaterThanOrEqual(20);
    expect(passed?.tokens.slice(0, 20)).toEqual(free?.tokens.slice(0, 20));
    model.dispose();
  });

  it('never gives a part of a character', async () => {
    const { model, tokenizer } = await make();
    const requests = Array.from({ length: 12 }, (_, seed) => request(seed, [], 40));
    const pieces = await collected(generateStream(model, requests, { tokenizer, text: 'whole' }));
    for (const { text, result } of pieces) if (result === undefined) expect(text?.endsWith('\uFFFD')).toBe(false);
    for (const { result } of pieces)
      if (result !== undefined) expect(result.text).toBe(tokenizer.decode(result.tokens));
    model.dispose();
  });

  it('ends with a piece for every request when aborted, and frees everything', async () => {
    const { model, tokenizer } = await make();
    const controller = new AbortController();
    await expectNoLeaks(async () => {
      const ended: GenerationPiece[] = [];
      let count = 0;
      const options = { tokenizer, text: 'whole', maxBatchSize: 2, signal: controller.signal } as const;
      for await (const piece of generateStream(model, [request(1), request(2), request(3)], options)) {
        if (++count === 7) controller.abort();
        if (piece.result !== undefined) ended.push(piece);
      }
      expect(ended.map(({ result }) => result?.stopReason)).toEqual(['abort', 'abort', 'abort']);
      expect(ended.map(({ draw }) => draw)).toEqual([undefined, undefined, undefined]);
      const lengths = ended.map(({ result }) => result?.tokens.length as number);
      expect(lengths.filter((length) => length === 0)).toHaveLength(1);
      expect(lengths.filter((length) => length > 1)).toHaveLength(2);
      for (const { result } of ended) expect(result?.text).toBe(tokenizer.decode(result?.tokens as Int32Array));
    });
    model.dispose();
  });

  it('stops working when the loop is left', async () => {
    const { model } = await make();
    await expectNoLeaks(async () => {
      let pieces = 0;
      for await (const _ of generateStream(model, [request(1), request(2)], { maxBatchSize: 1 })) {
        if (++pieces === 3) break;
      }
      expect(pieces).toBe(3);
    });
    await expectNoLeaks(async () => {
      const stream = generateStream(model, [request(1)]);
      await stream.next();
      await expect(stream.throw(new Error('the reader failed'))).rejects.toThrow('the reader failed');
    });
    model.dispose();
  });

  it('says what is wrong at the first step', async () => {
    const { model } = await make();
    const error = await collected(generateStream(model, [request(1)], { text: 'whole' })).catch(
      (reason: unknown) => reason,
    );
    expect(isRlloomError(error) && error.message).toMatch(/text needs a tokenizer/);
    model.dispose();
  });
});
