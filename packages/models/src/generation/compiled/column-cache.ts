import { tf, updateSlice } from '@rlloom/tensor';
import type { KeysAndValues } from '../../decoder/attention.ts';
import type { DecoderCache } from '../../decoder/decoder-cache.ts';

// B = slots, C = columns, K = key-value heads, D = width of a head.

/** A cache whose slots write their new token into the same column. */
export interface ColumnCache extends DecoderCache {
  /** With what was taken up so far, by layer; `[B·K,C,D]` each. */
  readonly keys: readonly tf.Tensor3D[];
  readonly values: readonly tf.Tensor3D[];
}

/**
 * A cache in which all slots write to one column, so that a write is one contiguous update in place. Sequences end at that
 * column and begin where their length says.
 *
 * @param layers keys and values by layer, `[B·K,C,D]` each
 * @param place.column where the new tokens go; int32 scalar
 * @param place.first the column of each slot's first token, float32 `[B]`
 */
export function columnCache(
  layers: { readonly keys: readonly tf.Tensor3D[]; readonly values: readonly tf.Tensor3D[] },
  place: { readonly column: tf.Tensor; readonly first: tf.Tensor },
): ColumnCache {
  const [keys, values] = [[...layers.keys], [...layers.values]];
  const capacity = (keys[0] as tf.Tensor3D).shape[1];
  const columns = tf.range(0, capacity);
  const isOwn = tf.greaterEqual(columns, tf.reshape(place.first, [-1, 1]));
  const column = tf.cast(place.column, 'float32');
  return {
    keys,
    values,
    extend: (layer: number, next: KeysAndValues) => {
      const write = (all: tf.Tensor3D[], states: tf.Tensor3D): tf.Tensor3D => {
        const written = updateSlice(all[layer] as tf.Tensor3D, states, { axis: 1, start: place.column });
        all[layer] = written;
        return written;
      };
      return { keys: write(keys, next.keys), values: write(values, next.values) };
    },
    mask: (window) => {
      const isWritten = tf.lessEqual(columns, column);
      const isSeen =
        window === null || window >= capacity
          ? isWritten
          : tf.logicalAnd(isWritten, tf.greater(columns, tf.sub(column, window)));
      const shape = isOwn.shape as [number, number];
      const mask = tf.where(tf.logicalAnd(isOwn, isSeen), tf.zeros(shape), tf.fill(shape, hidden));
      return tf.reshape(mask, [shape[0], 1, 1, capacity]);
    },
  };
}

// Finite, as in attention masks; exp of it is 0 in float32.
const hidden = -1e9;
