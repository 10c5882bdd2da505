import { RlloomError } from '@rlloom/spec';
import { type ImageGrid, imageTokenCount } from './image-grid.ts';

/** What {@link multimodalPositions} reads beside the tokens. */
export interface PositionOptions {
  /** The images of the sequence, in order. */
  readonly grids: readonly ImageGrid[];
  readonly imageTokenId: number;
  readonly mergeSize: number;
}

/** Positions of one sequence. */
export interface MultimodalPositions {
  /** Frame, row and column position of every token, `[T,3]`. */
  readonly positions: Float32Array;
  /** The position of the token after the sequence, the same on all three axes. */
  readonly next: number;
}

/**
 * The three positions of every token (M-RoPE, arXiv:2409.12191). Text counts on, equally on all axes. The tokens of
 * an image stand at the next position plus their frame, row and column; the text behind continues after the longer side
 * of the image. Without images the positions are 0, 1, 2, … on every axis.
 *
 * @throws RlloomError kind `data` when the image tokens are not those of the grids
 * @example
 * ```ts
 * const grids = [{ frames: 1, rows: 2, columns: 4 }]; // 1 × 2 tokens
 * const { positions } = multimodalPositions([5, 9, 9, 6], { grids, imageTokenId: 9, mergeSize: 2 });
 * positions; // => Float32Array [0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 3, 3]
 * ```
 */
export function multimodalPositions(
  tokens: ArrayLike<number>,
  { grids, imageTokenId, mergeSize }: PositionOptions,
): MultimodalPositions {
  checkImageTokens(tokens, { grids, imageTokenId, mergeSize });
  const positions = new Float32Array(tokens.length * 3);
  let image = 0;
  let next = 0;
  for (let t = 0; t < tokens.length; ) {
    const grid = tokens[t] === imageTokenId ? grids[image++] : undefined;
    if (grid === undefined) {
      positions.fill(next++, 3 * t, 3 * t + 3);
      t++;
      continue;
    }
    const [rows, columns] = [grid.rows / mergeSize, grid.columns / mergeSize];
    for (let frame = 0; frame < grid.frames; frame++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, t++) {
          positions.set([next + frame, next + row, next + column], 3 * t);
        }
      }
    }
    next += Math.max(rows, columns);
  }
  return { positions, next: Math.max(next, positions.reduce((a, b) => Math.max(a, b), -1) + 1) };
}

function checkImageTokens(tokens: ArrayLike<number>, { grids, imageTokenId, mergeSize }: PositionOptions): void {
  const needed = grids.reduce((sum, grid) => sum + imageTokenCount(grid, mergeSize), 0);
  let found = 0;
  for (let t = 0; t < tokens.length; t++) if (tokens[t] === imageTokenId) found++;
  if (found === needed) return;
  throw new RlloomError('data', {
    what: `the sequence has ${found} image tokens, its ${grids.length} images take ${needed}`,
    where: `image token ${imageTokenId}`,
    fix: 'put one image token where each image belongs and call expandImageTokens',
  });
}
