import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { broadcastOverTokens } from './broadcast-over-tokens.ts';
import { sequenceRewards } from './sequence-rewards.ts';

describe('sequenceRewards', () => {
  it('sums the rewards of each row', () => {
    expect(
      sequenceRewards([
        [0, 0, 1],
        [0.25, 0.5, 0],
      ]),
    ).toEqual([1, 0.75]);
  });

  it('takes rows of any length, typed arrays too', () => {
    expect(sequenceRewards([[0, 1], [], Float32Array.of(2, 0.5)])).toEqual([1, 0, 2.5]);
  });
});

describe('broadcastOverTokens', () => {
  it('gives trained tokens the advantage of their sequence and the others 0', () => {
    expect(
      broadcastOverTokens(
        [2, -1],
        [
          [1, 0, 1],
          [0, 0, 0],
        ],
      ),
    ).toEqual([
      [2, 0, 2],
      [0, 0, 0],
    ]);
  });

  it('lets an unverifiable sequence move nothing', () => {
    expect(broadcastOverTokens([null], [[1, 1]])).toEqual([[0, 0]]);
  });

  it('refuses another number of rows', () => {
    expect(() => broadcastOverTokens([1, 2], [[1]])).toThrow(ShapeError);
  });
});
