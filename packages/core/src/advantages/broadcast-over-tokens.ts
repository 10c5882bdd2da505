import { mapRow, type TokenRows } from '../masking/token-rows.ts';
import { ShapeError } from '../shape-error.ts';

/**
 * Gives every trained token the advantage of its sequence: `A_it = A_i · m_it`.
 *
 * @param advantages `[B]`; `null` (unverifiable) becomes 0, so that the sequence moves nothing
 * @param mask `[B,T]`, 1 on trained tokens
 * @returns `[B,T]`
 * @throws ShapeError when the number of sequences differs
 * @example
 * ```ts
 * broadcastOverTokens([0.5, -0.5], [[1, 1], [1, 0]]); // => [[0.5, 0.5], [-0.5, 0]]
 * ```
 */
export function broadcastOverTokens(advantages: readonly (number | null)[], mask: TokenRows): Float64Array[] {
  if (advantages.length !== mask.length) {
    throw new ShapeError('broadcastOverTokens', 'one advantage per row of the mask', {
      advantages: [advantages.length],
      mask: [mask.length, mask[0]?.length ?? 0],
    });
  }
  return mask.map((row, sequence) => {
    const advantage = advantages[sequence] ?? 0;
    return mapRow(row, (weight) => (weight === 0 ? 0 : advantage * weight));
  });
}
