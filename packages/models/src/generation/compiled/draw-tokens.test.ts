import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleToken, type TokenSampling } from '../sample-token.ts';
import { type DrawKind, drawTokens } from './draw-tokens.ts';

interface Draw {
  readonly logits: readonly number[];
  readonly uniform: number;
  readonly sampling: TokenSampling;
}

async function drawAll(draws: readonly Draw[], kind: Partial<DrawKind> = {}) {
  const size = (draws[0] as Draw).logits.length;
  const each = (value: (sampling: TokenSampling) => number) =>
    tf.tensor1d(draws.map(({ sampling }) => value(sampling)));
  const drawn = tf.tidy(() =>
    drawTokens(
      tf.tensor2d(
        draws.flatMap(({ logits }) => logits),
        [draws.length, size],
      ),
      {
        uniforms: tf.tensor1d(draws.map(({ uniform }) => uniform)),
        settings: {
          temperature: each(({ temperature }) => temperature),
          truncation: {
            topK: each(({ topK }) => topK),
            removable: each(({ topP }) => 1 - topP),
            minP: each(({ minP }) => minP),
            epsilon: each(({ epsilonCutoff = 0 }) => epsilonCutoff),
          },
        },
      },
      { choice: 'truncated', hasGreedy: true, rawLogProbs: true, ...kind },
    ),
  );
  const names = ['tokens', 'logProbs', 'samplingLogProbs', 'rawLogProbs'] as const;
  const values = await Promise.all(names.map((name) => drawn[name].data()));
  tf.dispose(drawn);
  return draws.map((_, row) => Object.fromEntries(names.map((name, i) => [name, values[i]?.[row] as number])));
}

const sampling: TokenSampling = { temperature: 1, topK: 0, topP: 1, minP: 0 };

// What the float64 sampler draws, if no rounding of a number or of a cut makes it another token.
function certain({ logits, uniform, sampling: given }: Draw): ReturnType<typeof sampleToken> | undefined {
  const near = 1e-4;
  const variants = [-near, 0, near].flatMap((by) => [
    { uniform: Math.min(Math.max(uniform + by, 0), 1 - 1e-9), sampling: given },
    { uniform, sampling: { ...given, topP: given.topP === 1 ? 1 : given.topP + by } },
    { uniform, sampling: { ...given, minP: given.minP === 0 ? 0 : given.minP + by } },
    {
      uniform,
      sampling: { ...given, epsilonCutoff: (given.epsilonCutoff ?? 0) === 0 ? 0 : (given.epsilonCutoff ?? 0) + by },
    },
  ]);
  const all = variants.map((variant) => sampleToken(logits, variant.sampling, () => variant.uniform));
  const expected = sampleToken(logits, given, () => uniform);
  const agree = all.every(
    ({ token, samplingLogProb }) =>
      token === expected.token && Math.abs(samplingLogProb - expected.samplingLogProb) < 1e-9,
  );
  return agree ? expected : undefined;
}

describeBackends('drawTokens', () => {
  it('draws as the sampler in float64, ties and all, wherever rounding does not decide', async () => {
    // Equal, or further apart than float32 rounds.
    const thousandth = fc.integer({ min: -6000, max: 6000 }).map((count) => count / 1000);
    const logit = fc.oneof(fc.integer({ min: -3, max: 3 }), thousandth);
    const draw = fc.record({
      logits: fc.array(logit, { minLength: 11, maxLength: 11 }),
      uniform: fc.double({ min: 0, max: 0.999999, noNaN: true }),
      sampling: fc.record({
        temperature: fc.constantFrom(0, 0.5, 1, 2),
        topK: fc.constantFrom(0, 0, 1, 4, 30),
        topP: fc.constantFrom(1, 0.9, 0.55),
        minP: fc.constantFrom(0, 0.13),
        epsilonCutoff: fc.constantFrom(0, 0.07),
      }),
    });
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(draw, { minLength: 8, maxLength: 8 }), async (draws) => {
        const drawn = await drawAll(draws);
        for (const [row, one] of draws.entries()) {
          const expected = certain(one);
          if (expected === undefined) continue;
          compared++;
          expect(drawn[row]?.['tokens']).toBe(expected.token);
          expect(drawn[row]?.['logProbs']).toBeCloseTo(expected.logProb, 4);
          expect(drawn[row]?.['samplingLogProbs']).toBeCloseTo(expected.samplingLogProb, 4);
        }
      }),
      { numRuns: 25 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('cuts ties as the sampler does: top-k keeps them, top-p lets go of lower ids first', async () => {
    // Four equal tokens: top-p 0.6 may lose 0.4, one of them.
    const even = (uniform: number, changes: Partial<TokenSampling>) => ({
      logits: [2, 2, 2, 2],
      uniform,
      sampling: { ...sampling, ...changes },
    });
    const drawn = await drawAll([
      even(0, { topP: 0.6 }),
      even(0.99, { topP: 0.6 }),
      even(0, { topP: 0.05 }),
      even(0, { topK: 1 }),
      even(0.99, { topK: 1 }),
    ]);
    expect(drawn.map(({ tokens }) => tokens)).toEqual([1, 3, 3, 0, 3]);
    const logProbs = [3, 3, 1, 4, 4].map((kept) => Math.log(1 / kept));
    drawn.forEach(({ samplingLogProbs }, i) => expect(samplingLogProbs).toBeCloseTo(logProbs[i] as number, 5));
  });

  it('never draws a token without weight, and takes the last at the end of the range', async () => {
    const logits = [Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY];
    const draws = [0, 0.49, 0.51, 1 - 2 ** -24].map((uniform) => ({ logits, uniform, sampling }));
    for (const choice of ['plain', 'truncated'] as const) {
      expect((await drawAll(draws, { choice, hasGreedy: false })).map(({ tokens }) => tokens)).toEqual([1, 1, 3, 3]);
    }
    const one = [{ logits: [5], uniform: 0.3, sampling }];
    expect((await drawAll(one, { choice: 'plain' }))[0]).toMatchObject({ tokens: 0, logProbs: 0 });
  });

  it('gives NaN for logits that are not finite', async () => {
    const bad = [Number.NaN, Number.POSITIVE_INFINITY].map((value) => ({
      logits: [0, value, 1],
      uniform: 0.5,
      sampling,
    }));
    for (const choice of ['greedy', 'plain', 'truncated'] as const) {
      for (const { logProbs } of await drawAll(bad, { choice })) expect(logProbs).toBeNaN();
    }
  });
});
