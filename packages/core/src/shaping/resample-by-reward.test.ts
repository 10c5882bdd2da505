import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resampleIndices, resamplingWeights } from './resample-by-reward.ts';

describe('resamplingWeights', () => {
  it('gives what verl gives for each method', () => {
    const rewards = [-2, 0, 1, 1];
    expect(resamplingWeights(rewards)).toEqual([4 + 1e-8, 1e-8, 1 + 1e-8, 1 + 1e-8]);
    expect(resamplingWeights(rewards, { power: 1 })).toEqual([2 + 1e-8, 1e-8, 1 + 1e-8, 1 + 1e-8]);
    expect(resamplingWeights(rewards, { method: 'max-min' })).toEqual([1 + 1e-8, 1e-8, 1 + 1e-8, 1 + 1e-8]);
    expect(resamplingWeights(rewards, { method: 'max-random' })).toEqual([
      0.1 + 1e-8,
      0.1 + 1e-8,
      0.4 + 1e-8,
      0.4 + 1e-8,
    ]);
  });

  it('never draws unverifiable samples', () => {
    expect(resamplingWeights([null, 1], { method: 'max-random' })).toEqual([0, 0.4 + 1e-8]);
    expect(resamplingWeights([null])).toEqual([0]);
    expect(resamplingWeights([])).toEqual([]);
  });

  it('refuses what has no weight', () => {
    expect(() => resamplingWeights([Number.NaN])).toThrow(RangeError);
    expect(() => resamplingWeights([1], { power: -1 })).toThrow('power');
    expect(() => resamplingWeights([1e300])).toThrow('weight');
  });
});

describe('resampleIndices', () => {
  const given = (...numbers: readonly number[]) => {
    const left = [...numbers];
    return () => left.shift() ?? Number.NaN;
  };

  it('draws by cumulated weight', () => {
    // bounds at 1, 1, 4, 8
    expect(resampleIndices([1, 0, 3, 4], 5, given(0, 0.12, 0.125, 0.49, 0.5))).toEqual([0, 0, 2, 2, 3]);
  });

  it('never draws weight 0, at either end', () => {
    expect(resampleIndices([0, 1, 0], 2, given(0, 1 - 2 ** -53))).toEqual([1, 1]);
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom(0, 1e-8, 1, 1e8), { minLength: 1 })
          .filter((weights) => weights.some((weight) => weight > 0)),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 }),
        (weights, numbers) => {
          const drawn = resampleIndices(weights, numbers.length, given(...numbers));
          expect(drawn).toHaveLength(numbers.length);
          for (const index of drawn) expect(weights[index]).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('draws in proportion', () => {
    const steps = 1000;
    let step = 0;
    const drawn = resampleIndices([1, 2, 1], steps, () => (step++ + 0.5) / steps);
    expect([0, 1, 2].map((index) => drawn.filter((one) => one === index).length)).toEqual([250, 500, 250]);
  });

  it('refuses what cannot be drawn from', () => {
    expect(resampleIndices([], 0, given())).toEqual([]);
    expect(() => resampleIndices([], 1, given(0))).toThrow('every sample has weight 0');
    expect(() => resampleIndices([0], 1, given(0))).toThrow('every sample has weight 0');
    expect(() => resampleIndices([-1], 1, given(0))).toThrow(RangeError);
    expect(() => resampleIndices([1], 1.5, given(0))).toThrow('count');
    expect(() => resampleIndices([1], 1, given(1))).toThrow('gave 1');
    expect(() => resampleIndices([1e308, 1e308], 1, given(0))).toThrow('the sum of the weights');
  });
});
