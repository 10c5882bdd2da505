import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { interpolatedProximalLogProbs } from './interpolated-proximal-log-probs.ts';
import { offPolicySequenceMask } from './off-policy-sequence-mask.ts';
import { rolloutCapacity } from './rollout-capacity.ts';
import { secondMomentMask } from './second-moment-mask.ts';

describe('offPolicySequenceMask', () => {
  // Mean log π_old − log π of 1 and of 0.
  const inputs = {
    logProbs: [
      [-3, -2, Number.NaN],
      [-1, -1, -1],
      [-3, -2, -9],
      [-1, -1, -1],
    ],
    oldLogProbs: [
      [-2, -1, 0],
      [-1, -1, -1],
      [-2, -1, 0],
      [-1, -1, -1],
    ],
    mask: [
      [1, 1, 0],
      [1, 1, 1],
      [1, 1, 0],
      [1, 1, 1],
    ],
  };

  it('drops a sequence that is far off with a negative advantage', () => {
    const masks = offPolicySequenceMask({ ...inputs, advantages: [-1, -1, 1, null] }, 0.5);
    expect(masks).toEqual([
      [0, 0, 0],
      [1, 1, 1],
      [1, 1, 0],
      [1, 1, 1],
    ]);
    expect(offPolicySequenceMask({ ...inputs, advantages: [-1, -1, 1, null] }, 1)).toEqual(inputs.mask);
  });

  it('drops the tokens with a negative advantage where advantages are per token', () => {
    const advantages = [
      [-1, 1, 0],
      [-1, -1, -1],
      [1, -1, 0],
      [0, 0, 0],
    ];
    const masks = offPolicySequenceMask({ ...inputs, advantages }, 0.5);
    expect(masks).toEqual([
      [0, 1, 0],
      [1, 1, 1],
      [1, 0, 0],
      [1, 1, 1],
    ]);
  });

  it('refuses what does not fit', () => {
    expect(() => offPolicySequenceMask({ ...inputs, advantages: [1] }, 0.5)).toThrow(ShapeError);
    expect(() => offPolicySequenceMask({ ...inputs, advantages: [[1], [1], [1], [1]] }, 0.5)).toThrow(ShapeError);
    expect(() => offPolicySequenceMask({ ...inputs, advantages: [1, 1, 1, Number.NaN] }, 0.5)).toThrow(RangeError);
    expect(() => offPolicySequenceMask({ ...inputs, advantages: [1, 1, 1, 1] }, Number.NaN)).toThrow(RangeError);
  });
});

describe('secondMomentMask', () => {
  const mask = (rows: readonly number[][], threshold: number, trained = rows.map((row) => row.map(() => 1))) =>
    secondMomentMask(
      { behaviorLogProbs: rows, proximalLogProbs: rows.map((row) => row.map(() => 0)), mask: trained },
      threshold,
    );

  it('drops the largest until the mean of the rest is below the threshold', () => {
    // Squares 9, 1, 4, 0: means of the smallest 0, 1/2, 5/3, 14/4.
    expect(
      mask(
        [
          [3, 1],
          [-2, 0],
        ],
        4,
      ),
    ).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(
      mask(
        [
          [3, 1],
          [-2, 0],
        ],
        3.5,
      ),
    ).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(
      mask(
        [
          [3, 1],
          [-2, 0],
        ],
        1,
      ),
    ).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(
      mask(
        [
          [3, 1],
          [-2, 0],
        ],
        0.1,
      ),
    ).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  it('keeps the least token where none is small enough, the first of equal ones', () => {
    expect(mask([[3, 2, 2]], 1)).toEqual([[0, 1, 0]]);
    expect(mask([[0, 1, 1, 1]], 0.6)).toEqual([[1, 1, 0, 0]]);
  });

  it('leaves masked tokens and empty batches alone', () => {
    expect(mask([[Number.NaN, 1]], 2, [[0, 1]])).toEqual([[0, 1]]);
    expect(mask([[1, 1]], 2, [[0, 0]])).toEqual([[0, 0]]);
    expect(mask([], 1)).toEqual([]);
    expect(() => mask([[1]], 0)).toThrow(RangeError);
  });

  it('finds the same among many tokens, equal, spread or huge', () => {
    const rows = Array.from({ length: 3 }, (_, row) =>
      Array.from({ length: 1000 }, (_entry, token) => ((token * 7919 + row * 104729) % 1009) / 500),
    );
    const squares = rows.flat().map((value) => value * value);
    const sorted = squares.toSorted((a, b) => a - b);
    for (const threshold of [1e-6, 0.01, 0.5, 1.3, 5]) {
      const kept = mask(rows, threshold).flatMap((row) => [...row]);
      const count = kept.reduce((a, b) => a + b);
      const meanOf = (size: number) => sorted.slice(0, size).reduce((a, b) => a + b, 0) / size;
      expect(meanOf(count)).toBeLessThan(threshold);
      expect(count === 3000 || meanOf(count + 1) >= threshold).toBe(true);
      expect(squares.filter((_, token) => kept[token] === 1).sort((a, b) => a - b)).toEqual(sorted.slice(0, count));
    }
    const equal = [Array.from({ length: 3000 }, () => 2)];
    expect(mask(equal, 4.1)).toEqual([equal[0]?.map(() => 1)]);
    expect(mask(equal, 4)[0]?.reduce((a, b) => a + b)).toBe(1);
    const outlier = [[...Array.from({ length: 3000 }, (_, token) => token / 3000), 1e200]];
    expect(mask(outlier, 1)[0]?.reduce((a, b) => a + b)).toBe(3000);
    expect(mask(outlier, 1)[0]?.at(-1)).toBe(0);
  });

  it('keeps as many as sorting would', () => {
    const values = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.3, 1, 2.5, 7, 20), (row, threshold) => {
        const sorted = row.map((value) => value * value).sort((a, b) => a - b);
        let [sum, expected] = [0, 0];
        sorted.forEach((square, place) => {
          sum += square;
          if (sum < threshold * (place + 1)) expected = place + 1;
        });
        const kept = mask([row], threshold)[0] as Float64Array;
        expect(kept.reduce((a, b) => a + b)).toBe(Math.max(expected, 1));
        const chosen = row.filter((_, token) => kept[token] === 1).map((value) => value * value);
        expect(chosen.sort((a, b) => a - b)).toEqual(sorted.slice(0, chosen.length));
      }),
    );
  });
});

describe('interpolatedProximalLogProbs', () => {
  const at = (version: number, current = 5) =>
    interpolatedProximalLogProbs(
      { logProbs: [[-1]], behaviorLogProbs: [[-3]], versions: [[version]] },
      current,
    )[0]?.[0];

  it('is on the line from the policy that sampled to the policy now, one version before now', () => {
    expect(at(3)).toBe(-2);
    expect(at(1)).toBe(-1.5);
  });

  it('is the policy that sampled for the last version, this one, and prompts', () => {
    expect([at(4), at(5), at(-1)]).toEqual([-3, -3, -3]);
  });

  it('refuses versions without meaning', () => {
    expect(() => at(Number.NaN)).toThrow(RangeError);
    expect(() => at(3, Number.NaN)).toThrow(RangeError);
  });
});

describe('rolloutCapacity', () => {
  const bounds = { maxStaleness: 1, batchSize: 4, maxConcurrent: 6 };

  it('is the smaller of what fits at a time and what stays fresh', () => {
    expect(rolloutCapacity({ running: 0, accepted: 0, version: 0 }, bounds)).toBe(6);
    expect(rolloutCapacity({ running: 2, accepted: 5, version: 0 }, bounds)).toBe(1);
    expect(rolloutCapacity({ running: 2, accepted: 5, version: 1 }, bounds)).toBe(4);
  });

  it('is below 0 where more are under way than may be', () => {
    expect(rolloutCapacity({ running: 9, accepted: 4, version: 0 }, bounds)).toBe(-5);
  });

  it('counts a batch size or concurrency below 1 as 1, and refuses what is no count', () => {
    const least = { maxStaleness: 0, batchSize: 0, maxConcurrent: 0 };
    expect(rolloutCapacity({ running: 0, accepted: 0, version: 0 }, least)).toBe(1);
    expect(() => rolloutCapacity({ running: -1, accepted: 0, version: 0 }, bounds)).toThrow(RangeError);
    expect(() => rolloutCapacity({ running: 0, accepted: 0, version: Number.NaN }, bounds)).toThrow(RangeError);
  });
});
