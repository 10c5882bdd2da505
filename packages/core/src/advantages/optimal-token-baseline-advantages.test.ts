import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { optimalTokenBaselineAdvantages } from './optimal-token-baseline-advantages.ts';

const half = Math.log(0.5);
const even = (rows: readonly (readonly number[])[], value: number) => rows.map((row) => row.map(() => value));

// Token weights 1 − 2·0.5 + 0.5 = 0.5, so that accumulated weights grow evenly.
const batch = (tokenRewards: number[][], mask: number[][], groups: string[]) => ({
  tokenRewards,
  mask,
  groups,
  oldLogProbs: even(mask, half),
  squaredProbabilitySums: even(mask, 0.5),
});

describe('optimalTokenBaselineAdvantages', () => {
  it('weighs returns by the accumulated variance of the score', () => {
    const inputs = batch(
      [
        [0, 4],
        [0, 2],
      ],
      [
        [1, 1],
        [1, 1],
      ],
      ['a', 'a'],
    );
    const { advantages, returns } = optimalTokenBaselineAdvantages(inputs, { epsilon: 0 });
    expect(returns).toEqual([
      [4, 4],
      [2, 2],
    ]);
    expect(advantages).toEqual([
      [1, 1],
      [-1, -1],
    ]);
    // Weights 4 to 1 by importance 2: baseline (4·4 + 2)/5
    const weighted = optimalTokenBaselineAdvantages(
      {
        ...inputs,
        importanceWeights: [
          [2, 2],
          [1, 1],
        ],
      },
      { epsilon: 0 },
    );
    expect(weighted.advantages[0]?.[0]).toBeCloseTo(4 - 18 / 5, 12);
  });

  it('has no baseline for a group of one, nor for tokens that were certain', () => {
    expect(optimalTokenBaselineAdvantages(batch([[3]], [[1]], ['a'])).advantages).toEqual([[3]]);
    const certain = {
      ...batch([[3], [1]], [[1], [1]], ['a', 'a']),
      oldLogProbs: [[0], [0]],
      squaredProbabilitySums: [[1], [1]],
    };
    expect(optimalTokenBaselineAdvantages(certain, { epsilon: 0 }).advantages).toEqual([[3], [1]]);
  });

  it('compares the longest response with itself at its end, unless that tail is left alone', () => {
    const inputs = batch(
      [
        [0, 0, 4],
        [2, 0, 0],
      ],
      [
        [1, 1, 1],
        [1, 0, 0],
      ],
      ['a', 'a'],
    );
    expect(optimalTokenBaselineAdvantages(inputs, { epsilon: 0 }).advantages).toEqual([
      [1, 0, 0],
      [-1, 0, 0],
    ]);
    expect(optimalTokenBaselineAdvantages(inputs, { epsilon: 0, zeroTail: true }).advantages).toEqual([
      [1, 4, 4],
      [-1, 0, 0],
    ]);
  });

  it('compares tokens of the same turn across gaps where asked to', () => {
    const inputs = batch(
      [
        [0, 0, 4],
        [0, 2, 0],
      ],
      [
        [1, 0, 1],
        [1, 1, 0],
      ],
      ['a', 'a'],
    );
    const byTurn = optimalTokenBaselineAdvantages(inputs, { align: 'turn-token', epsilon: 0 });
    expect(byTurn.advantages).toEqual([
      [1, 0, 1],
      [-1, -1, 0],
    ]);
    const byPlace = optimalTokenBaselineAdvantages(inputs, { epsilon: 0 });
    expect(byPlace.advantages).toEqual([
      [1, 0, 0],
      [-1, 0, 0],
    ]);
  });

  it('never reads masked places, and takes wholly masked and empty rows', () => {
    const clean = batch(
      [
        [1, 0],
        [2, 0],
      ],
      [
        [1, 0],
        [1, 0],
      ],
      ['a', 'a'],
    );
    const dirty = {
      ...clean,
      tokenRewards: [
        [1, Number.NaN],
        [2, Number.NaN],
      ],
      oldLogProbs: [
        [half, Number.NaN],
        [half, Number.NaN],
      ],
    };
    expect(optimalTokenBaselineAdvantages(dirty).advantages).toEqual(optimalTokenBaselineAdvantages(clean).advantages);
    const empty = batch([[0, 0], [1, 1], []], [[0, 0], [1, 1], []], ['a', 'a', 'a']);
    for (const align of ['place', 'turn-token'] as const) {
      const { advantages } = optimalTokenBaselineAdvantages(empty, { align, zeroTail: true });
      expect(advantages.flatMap((row) => [...row]).every(Number.isFinite)).toBe(true);
    }
  });

  it('refuses shapes that do not fit', () => {
    const inputs = batch([[1]], [[1]], ['a']);
    expect(() => optimalTokenBaselineAdvantages({ ...inputs, groups: [] })).toThrow(ShapeError);
    expect(() => optimalTokenBaselineAdvantages({ ...inputs, oldLogProbs: [[1, 2]] })).toThrow(ShapeError);
  });
});
