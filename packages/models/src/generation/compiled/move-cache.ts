import { type BodyResult, type ParameterTree, tf } from '@rlloom/tensor';
import { type CacheState, layersIn, updatesOf } from './cache-state.ts';

/** Where the numbers of a new state come from. */
export type MoveInputs = {
  /** For each head of each new slot the one it was, `[B·K]` int32. */
  readonly heads: tf.Tensor;
  /** For each new column the one it was, `[C]` int32. */
  readonly columns: tf.Tensor;
};

/** Copies keys and values to another state, or moves them within one: other slots, other columns. */
export function moveCache(from: CacheState, to: CacheState) {
  return (variables: ParameterTree, { heads, columns }: MoveInputs): BodyResult<Record<string, never>> => {
    const moved = (cached: tf.Tensor3D): tf.Tensor => tf.gather(tf.gather(cached, heads as tf.Tensor1D), columns, 1);
    return {
      outputs: {},
      updates: updatesOf(to, {
        keys: layersIn(variables, from.keys).map(moved),
        values: layersIn(variables, from.values).map(moved),
      }),
    };
  };
}
