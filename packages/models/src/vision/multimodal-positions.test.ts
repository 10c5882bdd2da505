import { describe, expect, it } from 'vitest';
import { expandImageTokens } from './expand-image-tokens.ts';
import { multimodalPositions } from './multimodal-positions.ts';

const [image, mergeSize] = [9, 2];
const positionsOf = (tokens: number[], sizes: [number, number][]) => {
  const grids = sizes.map(([rows, columns]) => ({ frames: 1, rows, columns }));
  const { positions, next } = multimodalPositions(tokens, { grids, imageTokenId: image, mergeSize });
  return { axes: [0, 1, 2].map((axis) => [...positions].filter((_, i) => i % 3 === axis)), next };
};

describe('multimodalPositions', () => {
  it('counts text, and lets it continue after the longer side of an image', () => {
    // 2 × 3 tokens after two of text.
    expect(positionsOf([1, 2, image, image, image, image, image, image, 3], [[4, 6]])).toEqual({
      axes: [
        [0, 1, 2, 2, 2, 2, 2, 2, 5],
        [0, 1, 2, 2, 2, 3, 3, 3, 5],
        [0, 1, 2, 3, 4, 2, 3, 4, 5],
      ],
      next: 6,
    });
  });

  it('is one axis three times without images', () => {
    expect(positionsOf([4, 5], [])).toEqual({
      axes: [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      next: 2,
    });
    expect(positionsOf([], [])).toEqual({ axes: [[], [], []], next: 0 });
  });

  it('keeps images next to one another apart', () => {
    expect(
      positionsOf(
        [image, image],
        [
          [2, 2],
          [2, 2],
        ],
      ),
    ).toEqual({
      axes: [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      next: 2,
    });
  });

  it('counts what the image tokens lack', () => {
    expect(() => positionsOf([1, image], [[2, 4]])).toThrow('has 1 image tokens, its 1 images take 2');
    expect(() => positionsOf([1, image], [])).toThrow('has 1 image tokens, its 0 images take 0');
  });
});

describe('expandImageTokens', () => {
  const options = { grids: [{ frames: 1, rows: 2, columns: 4 }], imageTokenId: image, mergeSize };

  it('repeats the token of each image', () => {
    expect([...expandImageTokens([5, image, 6], options)]).toEqual([5, image, image, 6]);
  });

  it('wants one token per image', () => {
    expect(() => expandImageTokens([5, 6], options)).toThrow('0 image tokens for 1 images');
    expect(() => expandImageTokens([image, image], options)).toThrow('2 image tokens for 1 images');
  });
});
