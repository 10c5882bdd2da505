import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { combineWeights, difficultyWeights, lengthWeights } from './sample-weights.ts';

describe('difficultyWeights', () => {
  it('gives what ROLL gives: 0.5 + 1.5 · difficulty within 0 and 1', () => {
    expect(difficultyWeights([-1, 0, 0.5, 1, 7])).toEqual([0.5, 0.5, 1.25, 2, 2]);
    expect(difficultyWeights(Float32Array.of(0.5), { easiest: 2, hardest: 0 })).toEqual([1]);
    expect(difficultyWeights([])).toEqual([]);
  });

  it('refuses what is no difficulty', () => {
    expect(() => difficultyWeights([Number.NaN])).toThrow(RangeError);
    expect(() => difficultyWeights([1], { hardest: -1 })).toThrow('hardest');
  });
});

describe('lengthWeights', () => {
  it('gives what ROLL gives: 1.5 for the shortest to 0.5 for the longest', () => {
    expect(lengthWeights([30, 10, 20])).toEqual([0.5, 1.5, 1]);
    expect(lengthWeights([7, 7])).toEqual([1.5, 1.5]);
    expect(lengthWeights([])).toEqual([]);
  });

  it('refuses what is no length', () => {
    expect(() => lengthWeights([-1])).toThrow(RangeError);
    expect(() => lengthWeights([1], { longest: Number.NaN })).toThrow('longest');
  });
});

describe('combineWeights', () => {
  it('multiplies and scales to a mean of 1', () => {
    // 0.5·1.5 = 0.75 and 2·0.5 = 1, mean 0.875
    const weights = combineWeights([difficultyWeights([0, 1]), lengthWeights([1, 2])]);
    expect(weights).toEqual([0.75 / 0.875, 1 / 0.875]);
    expect(combineWeights([[], []])).toEqual([]);
  });

  it('has a mean of 1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1 }), (weights) => {
        const sum = combineWeights([weights]).reduce((total, weight) => total + weight, 0);
        expect(sum / weights.length).toBeCloseTo(1, 9);
      }),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => combineWeights([])).toThrow(RangeError);
    expect(() => combineWeights([[0, 0]])).toThrow('every sample has weight 0');
    expect(() => combineWeights([[1], [1, 2]])).toThrow(ShapeError);
    expect(() => combineWeights([[-1, 2]])).toThrow(RangeError);
    expect(() => combineWeights([[1e200], [1e200]])).toThrow(RangeError);
  });
});
