import type { tf } from '../tf.ts';
import { activeTrace } from './trace/active-trace.ts';

/**
 * `tensor`, to be computed with only once `earlier` is there: a graph computes all that can be computed at once, and so
 * holds the results of all parts of a large computation together; parts that wait for each other it holds one at a
 * time. Where operations run one by one this is `tensor` itself. Not differentiable: for use inside of a custom
 * gradient.
 *
 * @example
 * ```ts
 * const first = tf.sum(tf.exp(tf.tensor1d([0, 0])));
 * const second = tf.sum(tf.exp(after(first, tf.tensor1d([0]))));
 * await second.data(); // => Float32Array [1]
 * ```
 */
export function after<Tensor extends tf.Tensor>(earlier: tf.Tensor | undefined, tensor: Tensor): Tensor {
  if (earlier === undefined) return tensor;
  return (activeTrace()?.delayed([tensor], earlier)[0] as Tensor | undefined) ?? tensor;
}
