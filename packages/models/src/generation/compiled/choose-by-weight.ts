import { tf } from '@rlloom/tensor';

// B = rows, V = weights per row.

/**
 * The inverse of the cumulative distribution: for each row the first place at which the sum of weights so far is beyond
 * `uniform · total`, in float32. The sums are taken over blocks of about √V first, then within one block.
 *
 * @param weights not negative, `[B,V]`
 * @param uniforms in [0, 1), `[B]`
 * @param fallback the place to take where rounding led to a weight of 0, `[B]` int32
 * @returns `[B]` int32
 */
export function chooseByWeight(weights: tf.Tensor2D, uniforms: tf.Tensor, fallback: tf.Tensor1D): tf.Tensor1D {
  const [rows, size] = weights.shape;
  const width = 2 ** Math.round(Math.log2(size) / 2);
  const count = Math.ceil(size / width);
  const filled = count * width === size ? weights : tf.pad(weights, [none, [0, count * width - size]]);
  const blocks: tf.Tensor3D = tf.reshape(filled, [rows, count, width]);
  const reached = tf.cumsum(tf.sum(blocks, 2), 1);
  const total = tf.slice(reached, [0, count - 1], [rows, 1]);
  const threshold = tf.mul(tf.reshape(uniforms, [rows, 1]), total);
  const block = placeBeyond(reached, threshold);
  const isBefore = tf.equal(tf.range(0, count), tf.reshape(tf.sub(block, 1), [rows, 1]));
  const before = tf.sum(tf.where(isBefore, reached, tf.zerosLike(reached)), 1, true);
  const own = tf.gather(tf.reshape(blocks, [rows * count, width]), flatIndex(block, count));
  const place = placeBeyond(tf.add(tf.cumsum(own, 1), before), threshold);
  const weight = tf.gather(tf.reshape(own, [rows * width]), flatIndex(place, width));
  const chosen = tf.add(tf.mul(block, width), place);
  return tf.cast(tf.where(tf.greater(weight, 0), chosen, tf.cast(fallback, 'float32')), 'int32') as tf.Tensor1D;
}

/** The number of `column` of each row of a matrix of `width` columns, as a place in all its numbers; int32. */
export function flatIndex(column: tf.Tensor, width: number): tf.Tensor1D {
  const rows = column.shape[0];
  const starts = tf.tensor1d(
    Array.from({ length: rows }, (_, row) => row * width),
    'int32',
  );
  return tf.add(starts, tf.cast(column, 'int32'));
}

// How many sums are not beyond the threshold; the last place where none is.
function placeBeyond(sums: tf.Tensor, threshold: tf.Tensor): tf.Tensor {
  const within = tf.sum(tf.cast(tf.lessEqual(sums, threshold), 'float32'), 1);
  return tf.minimum(within, (sums.shape[1] as number) - 1);
}

const none: [number, number] = [0, 0];
