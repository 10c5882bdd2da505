import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { implicitProcessRewards } from './implicit-process-rewards.ts';

const nan = Number.NaN;

describe('implicitProcessRewards', () => {
  const inputs = {
    rewardModelLogProbs: [[-1, -2, nan, -4], Float32Array.of(-1), []],
    referenceLogProbs: [[-3, -1, nan, -8], [-1.5], []],
    mask: [[1, 1, 0, 1], Uint8Array.of(0), []],
  };

  it('is the scaled log-ratio of each trained token, or their sum at the last', () => {
    expect(implicitProcessRewards(inputs, { beta: 0.5 })).toEqual([[1, -0.5, 0, 2], [0], []]);
    expect(implicitProcessRewards(inputs, { beta: 0.5, granularity: 'whole' })).toEqual([[0, 0, 0, 2.5], [0], []]);
  });

  it('has the beta 0.05 of PRIME', () => {
    expect(implicitProcessRewards(inputs)[0]).toEqual([0.1, -0.05, 0, 0.2].map((x): unknown => expect.closeTo(x, 12)));
  });

  it('refuses what has no finite reward and shapes that do not fit', () => {
    const one = { rewardModelLogProbs: [[-1]], referenceLogProbs: [[Number.NEGATIVE_INFINITY]], mask: [[1]] };
    expect(() => implicitProcessRewards(one)).toThrow('token 0 of sequence 0');
    expect(() => implicitProcessRewards({ ...one, mask: [] })).toThrow(ShapeError);
  });

  it('has the same sum at both granularities', () => {
    const tokens = fc.array(fc.tuple(fc.integer({ min: -9, max: 0 }), fc.constantFrom(0, 1)), { maxLength: 8 });
    fc.assert(
      fc.property(tokens, (row) => {
        const given = {
          rewardModelLogProbs: [row.map(([logProb]) => logProb)],
          referenceLogProbs: [row.map(() => -2)],
          mask: [row.map(([, weight]) => weight)],
        };
        const total = (granularity: 'token' | 'whole') =>
          implicitProcessRewards(given, { beta: 1, granularity })
            .flatMap((row) => [...row])
            .reduce((sum, reward) => sum + reward, 0);
        expect(total('whole')).toBe(total('token'));
      }),
    );
  });
});
