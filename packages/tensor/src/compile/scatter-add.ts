import { tf } from '../tf.ts';
import { activeTrace } from './trace/active-trace.ts';

/**
 * `target` with `updates[i]` added at `indices[i]`. In a compiled program only those places are touched, where the target
 * is not needed any more. Not differentiable.
 *
 * @param target any shape
 * @param indices `[N,K]` int32: the first `K` coordinates of each place
 * @param updates `[N, ...rest of target's shape]`; where places meet, all are added
 * @example
 * ```ts
 * const places = tf.tensor2d([[0, 1]], [1, 2], 'int32');
 * const added = scatterAdd(tf.ones([2, 2]), places, tf.tensor1d([5]));
 * await added.data(); // => Float32Array [1, 6, 1, 1]
 * ```
 */
export function scatterAdd<Target extends tf.Tensor>(target: Target, indices: tf.Tensor2D, updates: tf.Tensor): Target {
  const trace = activeTrace();
  if (trace !== undefined) return trace.scatterAdd(target, indices, updates) as Target;
  return tf.tidy(() => tf.add<Target>(target, tf.scatterND(indices, updates, target.shape)));
}
