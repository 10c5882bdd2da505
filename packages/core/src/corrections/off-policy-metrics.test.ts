import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OffPolicyMetrics, offPolicyMetrics } from './off-policy-metrics.ts';

describe('offPolicyMetrics', () => {
  const inputs = {
    trainerLogProbs: [
      [-1, -2],
      [-1, Number.NaN],
    ],
    rolloutLogProbs: [
      [-1, -1],
      [-1, 0],
    ],
    mask: [
      [1, 1],
      [1, 0],
    ],
  };

  it('holds the trainer against the engine that sampled', () => {
    // x = 0, −1 | 0
    const e = Math.E;
    const expected: Partial<OffPolicyMetrics> = {
      trainerPerplexity: (e ** 1.5 + e) / 2,
      trainerLogPerplexity: 1.25,
      rolloutPerplexity: e,
      rolloutLogPerplexity: 1,
      logPerplexityDifference: 0.25,
      logPerplexityDifferenceSize: 0.25,
      logPerplexityDifferenceMax: 0.5,
      logPerplexityDifferenceMin: 0,
      perplexityRatio: (e ** 0.5 + 1) / 2,
      k1: 1 / 3,
      k2: 1 / 6,
      k3: 1 / e / 3,
      chiSquaredTokens: (2 + e ** -2) / 3 - 1,
      chiSquaredSequences: (1 + e ** -2) / 2 - 1,
      effectiveSampleSize: ((2 + 1 / e) / 3) ** 2 / ((2 + e ** -2) / 3),
    };
    const metrics = offPolicyMetrics(inputs);
    for (const [name, value] of Object.entries(expected)) {
      expect(metrics[name as keyof OffPolicyMetrics], name).toBeCloseTo(value, 12);
    }
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(expected).sort());
  });

  it('skips sequences without tokens, or counts them as perplexity 1 as verl does', () => {
    const given = { trainerLogProbs: [[-1], [-1]], rolloutLogProbs: [[-1], [-1]], mask: [[1], [0]] };
    expect(offPolicyMetrics(given).trainerPerplexity).toBeCloseTo(Math.E, 12);
    expect(offPolicyMetrics(given, { emptySequences: 'counted' }).trainerPerplexity).toBeCloseTo((Math.E + 1) / 2, 12);
  });

  it('counts a missing log-prob of the engine as the one of the trainer where it may be missing', () => {
    const given = { trainerLogProbs: [[-1, -2]], rolloutLogProbs: [[-1, Number.NaN]], mask: [[1, 1]] };
    expect(() => offPolicyMetrics(given)).toThrow(RangeError);
    expect(offPolicyMetrics(given, { missing: 'no-correction' })).toMatchObject({ k1: 0, rolloutLogPerplexity: 1.5 });
  });

  it('is finite for log-probs up to 1e4, and refuses a batch without tokens', () => {
    const logProb = fc.double({ min: -1e4, max: 0, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(logProb, logProb), { minLength: 1, maxLength: 5 }), (row) => {
        const [trainerLogProbs, rolloutLogProbs] = [[row.map(([first]) => first)], [row.map(([, second]) => second)]];
        const metrics = offPolicyMetrics({ trainerLogProbs, rolloutLogProbs, mask: [row.map(() => 1)] });
        for (const value of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true);
        expect(metrics.k3).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(() =>
      offPolicyMetrics({
        ...inputs,
        mask: [
          [0, 0],
          [0, 0],
        ],
      }),
    ).toThrow(RangeError);
  });
});
