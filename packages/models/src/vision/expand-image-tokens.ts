import { RlloomError } from '@rlloom/spec';
import { imageTokenCount } from './image-grid.ts';
import type { PositionOptions } from './multimodal-positions.ts';

/**
 * A prompt with one image token per image, as chat templates write it, with each repeated as often as its image has
 * tokens.
 *
 * @throws RlloomError kind `data` when there are not as many image tokens as images
 * @example
 * ```ts
 * const grids = [{ frames: 1, rows: 2, columns: 4 }];
 * expandImageTokens([5, 9, 6], { grids, imageTokenId: 9, mergeSize: 2 }); // => Int32Array [5, 9, 9, 6]
 * ```
 */
export function expandImageTokens(
  tokens: ArrayLike<number>,
  { grids, imageTokenId, mergeSize }: PositionOptions,
): Int32Array {
  const found = Array.from(tokens).filter((token) => token === imageTokenId).length;
  if (found !== grids.length) {
    throw new RlloomError('data', {
      what: `the prompt has ${found} image tokens for ${grids.length} images`,
      where: `image token ${imageTokenId}`,
      fix: 'write one image token per image',
    });
  }
  let image = 0;
  return Int32Array.from(
    Array.from(tokens).flatMap((token) => {
      const grid = token === imageTokenId ? grids[image++] : undefined;
      return grid === undefined ? [token] : Array.from({ length: imageTokenCount(grid, mergeSize) }, () => token);
    }),
  );
}
