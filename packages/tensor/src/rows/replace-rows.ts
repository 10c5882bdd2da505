import { tf } from '../tf.ts';

/**
 * `target` with row `i` of `rows` in the place of its row `places[i]`: for buffers that are filled a few rows at a time,
 * such as a cache. Takes over `target`: where the backend can write into a tensor the result is `target` itself, changed,
 * with no copy of the rest; else (webgpu, a GPU of tfjs-node) it is a new tensor and `target` is freed. Either way it is
 * the caller's, out of every `tf.tidy`. Not differentiable.
 *
 * @param target `[R,D]` float32; nothing else may hold its data
 * @param places `[N]` int32, each in `[0, R)` and none twice; not checked, as that would read them back
 * @param rows `[N,D]` float32
 * @throws Error when the shapes do not fit
 * @example
 * ```ts
 * const places = tf.tensor1d([2, 0], 'int32');
 * const replaced = replaceRows(tf.zeros([3, 1]), places, tf.tensor2d([[1], [2]]));
 * await replaced.data(); // => Float32Array [2, 0, 1]
 * ```
 */
export function replaceRows(target: tf.Tensor2D, places: tf.Tensor1D, rows: tf.Tensor2D): tf.Tensor2D {
  if (places.size !== rows.shape[0] || rows.shape[1] !== target.shape[1]) {
    throw new Error(`replaceRows: [${rows.shape.join(', ')}] at ${places.size} places of [${target.shape.join(', ')}]`);
  }
  const inPlace = (tf.getKernel('ReplaceRows', tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;
  if (inPlace) {
    if (places.size > 0) tf.engine().runKernel('ReplaceRows', { target, places, rows });
    return tf.keep(target);
  }
  const indices = tf.reshape(places, [places.size, 1]);
  const replaced = tf.keep<tf.Tensor2D>(tf.tensorScatterUpdate(target, indices, rows));
  tf.dispose([indices, target]);
  return replaced;
}
