import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateScores, weightedMean } from './aggregate.ts';

const scores = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([score, weight]) => ({ score, weight }));

describe('aggregateScores', () => {
  it('weighs the mean', () => {
    expect(weightedMean(scores([1, 3], [0, 1]))).toBe(0.75);
    expect(aggregateScores(scores([0.4, 1]), 'mean', 0.5)).toBe(0.4);
  });

  it('takes the score where half of the weight is reached for the median', () => {
    expect(aggregateScores(scores([1, 1], [0, 1], [0.3, 1]), 'median', 0.5)).toBe(0.3);
    expect(aggregateScores(scores([1, 1], [0, 1]), 'median', 0.5)).toBe(0.5);
    expect(aggregateScores(scores([1, 5], [0, 1], [0.3, 1]), 'median', 0.5)).toBe(1);
  });

  it('takes the lowest for min', () => {
    expect(aggregateScores(scores([1, 9], [0.2, 0.1]), 'min', 0.5)).toBe(0.2);
  });

  it('votes by the threshold; an even split has no majority', () => {
    expect(aggregateScores(scores([0.5, 1], [0.9, 1], [0, 1]), 'majority', 0.5)).toBe(1);
    expect(aggregateScores(scores([0.5, 1], [0.9, 1], [0, 1]), 'majority', 0.6)).toBe(0);
    expect(aggregateScores(scores([1, 1], [0, 2]), 'majority', 0.5)).toBe(0);
    expect(aggregateScores(scores([1, 2], [0, 1], [0.1, 1]), 'majority', 0.5)).toBeNull();
  });

  it('has nothing to say about nothing', () => {
    for (const how of ['mean', 'median', 'majority', 'min'] as const) expect(aggregateScores([], how, 0.5)).toBeNull();
  });

  it('stays between the lowest and the highest, in any order', () => {
    const score = fc.record({
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      weight: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(score, { minLength: 1, maxLength: 7 }),
        fc.constantFrom('mean', 'median', 'min'),
        (all, how) => {
          const value = aggregateScores(all, how, 0.5)!;
          const plain = all.map((one) => one.score);
          expect(value).toBeGreaterThanOrEqual(Math.min(...plain) - 1e-12);
          expect(value).toBeLessThanOrEqual(Math.max(...plain) + 1e-12);
          expect(aggregateScores(all.toReversed(), how, 0.5)).toBeCloseTo(value, 12);
        },
      ),
    );
  });
});
