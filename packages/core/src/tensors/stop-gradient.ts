import type { tf } from '@rlloom/tensor';
import { offTape } from './off-tape.ts';

/**
 * The same values as a constant: no gradient flows through. The `sg[·]` of the formulas.
 *
 * @param values any tensor
 * @returns a tensor of the same values, owned by the caller
 */
export function stopGradient<Given extends tf.Tensor>(values: Given): Given {
  return offTape(() => values.clone());
}
