import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { discountedReturns } from './reinforce-plus-plus-advantages.ts';
import { segmentMeans, segmentReturns } from './segment-returns.ts';
import { stepReturns } from './step-returns.ts';
import { whitenOverTokens } from './whiten-over-tokens.ts';

const nan = Number.NaN;

describe('segmentReturns', () => {
  it('discounts from segment to segment, not from token to token', () => {
    const tokenRewards = [[0, 0, 2, 0, 0, 4, 0, 8]];
    const mask = [[0, 1, 1, 0, 0, 1, 0, 1]];
    // last turn 8, before it 4 + 4, before it 2 + 4
    expect(segmentReturns({ tokenRewards, mask }, { gamma: 0.5 })).toEqual([[0, 6, 6, 0, 0, 8, 0, 8]]);
  });

  it('takes the reward of the last token of a segment, or their sum', () => {
    const inputs = { tokenRewards: [[1, 2, 0, 3, 4]], mask: [[1, 1, 0, 1, 1]] };
    expect(segmentReturns(inputs)).toEqual([[6, 6, 0, 4, 4]]);
    expect(segmentReturns(inputs, { segmentReward: 'sum' })).toEqual([[10, 10, 0, 7, 7]]);
  });

  it('equals ROLL at gamma 0 for rows of no token and of one, and gives a longer segment one return', () => {
    const tokenRewards = [
      [1, 3, 0],
      [1, 3, 0],
      [1, 3, 0],
    ];
    const mask = [
      [0, 0, 0],
      [0, 1, 0],
      [1, 1, 0],
    ];
    expect(segmentReturns({ tokenRewards, mask }, { gamma: 0 })).toEqual([
      [0, 0, 0],
      [0, 3, 0],
      [3, 3, 0],
    ]);
  });

  it('has ROLL’s row of per-token returns: rewards and advantages whitened, at gamma 0', () => {
    const mask = [[1, 1, 0]];
    const tokenRewards = whitenOverTokens([[1, 3, 0]], mask);
    const [advantages = []] = whitenOverTokens(discountedReturns({ tokenRewards, mask }, { gamma: 0 }), mask);
    expect(Array.from(advantages)).toEqual([expect.closeTo(-0.70710677, 6), expect.closeTo(0.70710677, 6), 0]);
  });

  it('does not read masked places, and takes empty rows, no rows and typed arrays', () => {
    expect(segmentReturns({ tokenRewards: [[nan, 1, nan]], mask: [[0, 1, 0]] })).toEqual([[0, 1, 0]]);
    expect(segmentReturns({ tokenRewards: [[], Float32Array.of(2)], mask: [[], Uint8Array.of(1)] })).toEqual([[], [2]]);
    expect(segmentReturns({ tokenRewards: [], mask: [] })).toEqual([]);
  });

  it('refuses shapes that do not fit and a gamma that is not finite', () => {
    expect(() => segmentReturns({ tokenRewards: [[1, 2]], mask: [[1]] })).toThrow(ShapeError);
    expect(() => segmentReturns({ tokenRewards: [[1]], mask: [[1]] }, { gamma: nan })).toThrow(RangeError);
  });

  it('is the return of the steps, one step per segment', () => {
    const turns = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -4, max: 4 })), { maxLength: 5 });
    fc.assert(
      fc.property(turns, fc.constantFrom(0, 0.5, 1), (steps, gamma) => {
        const mask = steps.flatMap(([length]) => [0, ...new Array<number>(length).fill(1)]);
        const rewards = steps.flatMap(([length, reward]) => [nan, ...new Array<number>(length - 1).fill(0), reward]);
        const [returns = []] = segmentReturns({ tokenRewards: [rewards], mask: [mask] }, { gamma });
        const expected = stepReturns(
          steps.map(([, reward]) => reward),
          gamma,
        );
        expect(returns).toEqual(
          steps.flatMap(([length], step) => [0, ...new Array<number>(length).fill(expected[step] ?? nan)]),
        );
      }),
    );
  });
});

describe('segmentMeans', () => {
  it.each([
    { of: 'one segment', values: [0, 0, 2, 4, 6, 0, 0], mask: [0, 0, 1, 1, 1, 0, 0], means: [0, 0, 4, 4, 4, 0, 0] },
    {
      of: 'two segments',
      values: [0, 1, 2, 0, 3, 4, 5, 0],
      mask: [0, 1, 1, 0, 1, 1, 1, 0],
      means: [0, 1.5, 1.5, 0, 4, 4, 4, 0],
    },
    { of: 'a segment at the start', values: [2, 4, 0, 6, 0], mask: [1, 1, 0, 1, 0], means: [3, 3, 0, 6, 0] },
    { of: 'a segment at the end', values: [0, 2, 4, 6], mask: [0, 1, 1, 1], means: [0, 4, 4, 4] },
    { of: 'all ones', values: [1, 2, 3], mask: [1, 1, 1], means: [2, 2, 2] },
    { of: 'all zeros', values: [1, 2, 3], mask: [0, 0, 0], means: [0, 0, 0] },
    { of: 'a single one', values: [0, 0, 5, 0, 0], mask: [0, 0, 1, 0, 0], means: [0, 0, 5, 0, 0] },
    {
      of: 'three segments',
      values: [1, 2, 0, 0, 3, 4, 5, 0, 6],
      mask: [1, 1, 0, 0, 1, 1, 1, 0, 1],
      means: [1.5, 1.5, 0, 0, 4, 4, 4, 0, 6],
    },
    { of: 'unlike segments', values: [1, 1, 0, 10, 10], mask: [1, 1, 0, 1, 1], means: [1, 1, 0, 10, 10] },
  ])('equals ROLL: $of', ({ values, mask, means }) => {
    expect(segmentMeans([values], [mask])).toEqual([means]);
  });

  it('equals ROLL: a batch', () => {
    const values = [
      [0, 2, 4, 0],
      [1, 3, 0, 5],
    ];
    const mask = [
      [0, 1, 1, 0],
      [1, 1, 0, 1],
    ];
    expect(segmentMeans(values, mask)).toEqual([
      [0, 3, 3, 0],
      [2, 2, 0, 5],
    ]);
  });

  it('does not read masked places and refuses shapes that do not fit', () => {
    expect(segmentMeans([[nan, 2]], [[0, 1]])).toEqual([[0, 2]]);
    expect(() => segmentMeans([[1]], [[1], [1]])).toThrow(ShapeError);
  });

  it('keeps the sum of every row', () => {
    const row = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.constantFrom(0, 1)), { maxLength: 9 });
    fc.assert(
      fc.property(row, (tokens) => {
        const [means = []] = segmentMeans([tokens.map(([value]) => value)], [tokens.map(([, weight]) => weight)]);
        const kept = tokens.reduce((sum, [value, weight]) => sum + value * weight, 0);
        expect([...means].reduce((sum, value) => sum + value, 0)).toBeCloseTo(kept, 9);
      }),
    );
  });
});
