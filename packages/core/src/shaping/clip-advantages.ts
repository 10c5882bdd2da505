import { mapRow, type TokenRows } from '../masking/token-rows.ts';
import { clipper, type ValueBounds } from './value-bounds.ts';

/**
 * Advantages moved into bounds, token by token. What stands at masked places is clipped too and does not matter.
 *
 * ROLL's `advantage_clip`, NeMo-RL's advantage clipping.
 *
 * @param advantages `[B,T]`
 * @returns `[B,T]`
 * @throws RangeError when the bounds hold nothing
 * @example
 * ```ts
 * clipAdvantages([[3, -0.5], [-3]], 2); // => [[2, -0.5], [-2]]
 * ```
 */
export function clipAdvantages(advantages: TokenRows, bounds: ValueBounds): Float64Array[] {
  const clip = clipper('clipAdvantages', bounds);
  return advantages.map((row) => mapRow(row, clip));
}
