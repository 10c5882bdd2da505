import { tf } from '../tf.ts';

/** The gradient of a tensor of `shape` that was broadcast to that of `gradient`: the sum over what was repeated. */
export function sumTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(gradient.shape, shape)) return gradient;
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(axes.length === 0 ? gradient : tf.sum(gradient, axes), shape);
}
