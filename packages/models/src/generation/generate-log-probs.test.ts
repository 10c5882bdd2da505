import type { GenerationRequest } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { forwardHidden, logits } from '../forward-hidden.ts';
import { smallModel } from '../testing/small-model.ts';
import { generate } from './generate.ts';
import type { GenerateRequest, GenerateSampling } from './generation-request.ts';
import { processLogits, softmax } from './logits-processors.ts';

const base: GenerateSampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 10, eosTokenIds: [] };
const request = (sampling: Partial<GenerateSampling>, seed = 1): GenerateRequest => ({
  promptTokens: [3, 9, 3],
  seed,
  sampling: { ...base, ...sampling },
});

/** The logits before each new token, from one forward pass over the whole. */
async function logitsOf(model: CausalLanguageModel, ids: readonly number[], from: number): Promise<Float32Array[]> {
  const all = tf.tidy(() => {
    const tokens = tf.tensor2d([[...ids]], undefined, 'int32');
    const hidden = forwardHidden(model.config, model.parameters, { tokens, attentionMask: tf.onesLike(tokens) });
    return logits(model.config, model.parameters, hidden);
  });
  const values = await all.data<'float32'>();
  const size = all.shape[2];
  all.dispose();
  return ids.slice(from).map((_, t) => values.slice((from - 1 + t) * size, (from + t) * size));
}

const logSoftmax = (values: ArrayLike<number>) => softmax(Float64Array.from(values)).map(Math.log);

describeBackends('log-probs of generate', () => {
  it('are those of the model, at the temperature, and of what was drawn from', async () => {
    const model = smallModel();
    const prompt = [3, 9, 3];
    const [result] = await generate(
      model,
      [request({ temperature: 0.6, topK: 9, topP: 0.9, repetitionPenalty: 1.3, noRepeatNgramSize: 3 })],
      { rawLogProbs: true, alternatives: 4 },
    );
    const ids = [...prompt, ...(result?.tokens ?? [])];
    const rows = await logitsOf(model, ids, prompt.length);
    expect(rows).toHaveLength(10);
    for (const [t, row] of rows.entries()) {
      const token = result?.tokens[t] as number;
      const atTemperature = logSoftmax(row.map((value) => value / 0.6));
      const drawn = processLogits(
        row,
        [
          { kind: 'repetitionPenalty', penalty: 1.3 },
          { kind: 'noRepeatNgram', size: 3 },
          { kind: 'temperature', temperature: 0.6 },
          { kind: 'topK', topK: 9 },
          { kind: 'topP', topP: 0.9 },
        ],
        ids.slice(0, prompt.length + t),
      );
      expect(result?.rawLogProbs?.[t]).toBeCloseTo(logSoftmax(row)[token] as number, 4);
      expect(result?.logProbs[t]).toBeCloseTo(atTemperature[token] as number, 4);
      expect(result?.samplingLogProbs[t]).toBeCloseTo(logSoftmax(drawn)[token] as number, 4);
      const likeliest = [...atTemperature].map((value, id) => ({ token: id, logProb: value }));
      likeliest.sort((a, b) => b.logProb - a.logProb);
      const alternatives = result?.alternatives?.[t] ?? [];
      expect(alternatives.map((other) => other.token)).toEqual(likeliest.slice(0, 4).map((other) => other.token));
      alternatives.forEach(({ logProb }, i) => expect(logProb).toBeCloseTo(likeliest[i]?.logProb as number, 4));
    }
    model.dispose();
  });

  it('are left out unless asked for, and the tokens are the same', async () => {
    const model = smallModel();
    const [plain] = await generate(model, [request({ temperature: 0.7 })]);
    expect(plain).not.toHaveProperty('rawLogProbs');
    expect(plain).not.toHaveProperty('alternatives');
    const [asked] = await generate(model, [request({ temperature: 0.7 })], { rawLogProbs: true, alternatives: 100 });
    expect(asked?.tokens).toEqual(plain?.tokens);
    expect(asked?.alternatives?.[0]).toHaveLength(23);
    model.dispose();
  });

  it('keeps end tokens away until there are as many tokens as asked for', async () => {
    const model = smallModel();
    const eosTokenIds = [1, 4, 7, 11, 15, 19];
    const requests = Array.from(
      { length: 20 },
      (_, seed): GenerationRequest => request({ eosTokenIds, minNewTokens: 5, maxNewTokens: 12 }, seed),
    );
    const results = await generate(model, requests);
    const ended = results.filter(({ stopReason }) => stopReason === 'eos');
    expect(ended.length).toBeGreaterThan(10);
    for (const { tokens } of ended) {
      expect(tokens.length).toBeGreaterThan(5);
      expect(eosTokenIds).toContain(tokens.at(-1));
    }
    for (const { tokens } of results)
      expect(tokens.slice(0, 5).some((token) => eosTokenIds.includes(token))).toBe(false);
    model.dispose();
  });

  it('never draws what is suppressed, nor a run twice, greedy or not', async () => {
    const model = smallModel();
    for (const temperature of [0, 1]) {
      const [free] = await generate(model, [request({ temperature, maxNewTokens: 30 })]);
      const often = free?.tokens[0] as number;
      const [result] = await generate(model, [
        request({ temperature, maxNewTokens: 30, suppressTokens: [often], noRepeatNgramSize: 2 }),
      ]);
      const all = [3, 9, 3, ...(result?.tokens ?? [])];
      expect(result?.tokens.includes(often)).toBe(false);
      const pairs = all.slice(1).map((token, i) => `${all[i]},${token}`);
      expect(new Set(pairs).size).toBe(pairs.length);
    }
    model.dispose();
  });

  it.each([
    [{ minNewTokens: 11 }, /at least 11 and at most 10/],
    [{ minNewTokens: 1.5 }, /at least 1.5/],
    [{ repetitionPenalty: 0 }, /repetition penalty > 0/],
    [{ typicalP: 0 }, /out of range/],
    [{ epsilonCutoff: 1 }, /out of range/],
    [{ noRepeatNgramSize: -1 }, /out of range/],
    [{ suppressTokens: [23] }, /token 23 of those to suppress/],
  ])('refuses %j', async (sampling, message) => {
    const model = smallModel();
    await expect(generate(model, [request(sampling)])).rejects.toThrow(message);
    model.dispose();
  });
});
