import type { SamplingParameters } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { knownLogProbs, measureLogProbs } from './log-prob-meaning.ts';

// A model of two tokens whose logits are 2 and 0, seen through a server with each of the meanings.
const logSoftmax = (temperature: number) => -Math.log1p(Math.exp(-2 / temperature));
const servers = {
  raw: () => logSoftmax(1),
  temperature: ({ temperature }: SamplingParameters) => logSoftmax(temperature === 0 ? 1 : temperature),
  sampling: ({ temperature }: SamplingParameters) => (temperature === 0 ? logSoftmax(1) : 0),
} as const;

describe('measureLogProbs', () => {
  it.each(['raw', 'temperature', 'sampling'] as const)('recognises %s', async (meaning) => {
    const sample = async (_: readonly number[], sampling: SamplingParameters) => servers[meaning](sampling);
    expect(await measureLogProbs('server', sample)).toBe(meaning);
  });

  it('asks after other prompts until one leaves the model in doubt, else gives up', async () => {
    const doubtful = async (prompt: readonly number[], sampling: SamplingParameters) =>
      prompt[0] === 5 ? servers.temperature(sampling) : 0;
    expect(await measureLogProbs('server', doubtful)).toBe('temperature');
    await expect(measureLogProbs('server', async () => 0)).rejects.toMatchObject({
      kind: 'rollout',
      where: 'rollout.engine.log_prob_meaning',
    });
  });

  it('refuses numbers that fit nothing', async () => {
    const odd = async (_: readonly number[], { temperature }: SamplingParameters) => -1 - temperature;
    await expect(measureLogProbs('server', odd)).rejects.toMatchObject({ isRlloomError: true });
  });
});

describe('knownLogProbs', () => {
  const whole = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 1 };
  it.each([
    ['raw', whole, { logProbs: true, samplingLogProbs: true }],
    ['raw', { ...whole, temperature: 0.5 }, { logProbs: false, samplingLogProbs: false }],
    ['raw', { ...whole, topP: 0.9 }, { logProbs: true, samplingLogProbs: false }],
    ['temperature', { ...whole, temperature: 0.5 }, { logProbs: true, samplingLogProbs: true }],
    ['temperature', { ...whole, minP: 0.1 }, { logProbs: true, samplingLogProbs: false }],
    ['sampling', { ...whole, temperature: 0.5 }, { logProbs: true, samplingLogProbs: true }],
    ['sampling', { ...whole, topK: 5 }, { logProbs: false, samplingLogProbs: true }],
    ['raw', { ...whole, temperature: 0, topK: 5 }, { logProbs: true, samplingLogProbs: true }],
  ] as const)('of %s at %j', (meaning, sampling, known) => {
    expect(knownLogProbs(meaning, sampling)).toEqual(known);
  });
});
