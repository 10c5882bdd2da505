import { isRlloomError } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { randomStream } from './random-stream.ts';
import { sampleToken, type TokenSampling } from './sample-token.ts';

const all: TokenSampling = { temperature: 1, topK: 0, topP: 1, minP: 0 };
// Probabilities 0.2, 0.5, 0.3.
const logits = [0.2, 0.5, 0.3].map(Math.log);
const never = () => {
  throw new Error('greedy draws nothing');
};

describe('sampleToken', () => {
  it('inverts the cumulative distribution in the order of ids', () => {
    for (const [random, token] of [
      [0, 0],
      [0.19, 0],
      [0.21, 1],
      [0.69, 1],
      [0.71, 2],
      [0.9999, 2],
    ] as const) {
      expect(sampleToken(logits, all, () => random).token, `at ${random}`).toBe(token);
    }
  });

  it('gives log-probs before and after truncation', () => {
    const { token, logProb, samplingLogProb } = sampleToken(logits, { ...all, topK: 2 }, () => 0.9);
    expect(token).toBe(2);
    expect(logProb).toBeCloseTo(Math.log(0.3), 12);
    expect(samplingLogProb).toBeCloseTo(Math.log(0.3 / 0.8), 12);
    const plain = sampleToken(logits, all, () => 0.9);
    expect(plain.samplingLogProb).toBe(plain.logProb);
  });

  it('divides logits by the temperature', () => {
    // Squares of 0.2, 0.5, 0.3 sum to 0.38.
    const { token, logProb } = sampleToken(logits, { ...all, temperature: 0.5 }, () => 0.5);
    expect(token).toBe(1);
    expect(logProb).toBeCloseTo(Math.log(0.25 / 0.38), 12);
  });

  it('takes the first of the most likely tokens when greedy, at temperature 1', () => {
    const greedy = { ...all, temperature: 0 };
    expect(sampleToken(logits, greedy, never)).toMatchObject({ token: 1, samplingLogProb: 0 });
    expect(sampleToken(logits, greedy, never).logProb).toBeCloseTo(Math.log(0.5), 12);
    expect(sampleToken([7, 7], greedy, never).token).toBe(0);
    expect(sampleToken([3], greedy, never)).toEqual({ token: 0, logProb: 0, samplingLogProb: 0 });
  });

  it('keeps log-probs finite where probabilities underflow', () => {
    const { token, logProb } = sampleToken([0, -900, 5000], { ...all, temperature: 1 }, () => 0.5);
    expect([token, logProb]).toEqual([2, 0]);
    expect(sampleToken([0, 1e-3], { ...all, temperature: 1e-6 }, () => 0.5)).toMatchObject({ token: 1, logProb: 0 });
  });

  it('draws as often as the probabilities say', () => {
    const random = randomStream(3);
    const counts = [0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      const { token } = sampleToken(logits, all, random);
      counts[token] = (counts[token] as number) + 1 / 20_000;
    }
    for (const [i, probability] of [0.2, 0.5, 0.3].entries()) expect(counts[i]).toBeCloseTo(probability, 1.7);
  });

  it.each([[[1, Number.NaN]], [[Number.NaN, 1]], [[1, Number.POSITIVE_INFINITY]], [[Number.NaN]]])(
    'refuses logits %j',
    (bad) => {
      for (const sampling of [all, { ...all, temperature: 0 }, { ...all, topP: 0.5 }]) {
        try {
          sampleToken(bad, sampling, () => 0.5);
          expect.unreachable();
        } catch (error) {
          expect(isRlloomError(error) && error.kind).toBe('health');
        }
      }
    },
  );
});

describe('randomStream', () => {
  it('is the same for the same seed, uniform over neighbouring seeds', () => {
    const first = (seed: number) => randomStream(seed)();
    expect(first(5)).toBe(first(5));
    const numbers = Array.from({ length: 4000 }, (_, seed) => first(seed));
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const covariance =
      numbers.slice(1).reduce((sum, x, i) => sum + (x - mean) * ((numbers[i] as number) - mean), 0) / numbers.length;
    expect(mean).toBeCloseTo(0.5, 1.5);
    expect(Math.abs(covariance * 12)).toBeLessThan(0.06);
    expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true);
  });
});
