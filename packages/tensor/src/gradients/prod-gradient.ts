import { tf } from '../tf.ts';

/**
 * The gradient of `Prod`: the product of all others, so it is right where there are zeros too. That of tfjs takes no
 * negative axis, and calls a method that tensors lack here.
 */
export const prodGradient: tf.GradConfig = {
  kernelName: 'Prod',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [tf.Tensor];
    const axes = tf.util.parseAxisParam(attrs['axis'] as number | number[], x.shape);
    return { x: () => gradient(dy as tf.Tensor, x, axes) };
  },
};

function gradient(dy: tf.Tensor, x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  // One row for each product.
  const order = [...others, ...axes];
  const permuted = tf.transpose(x, order);
  const factors = tf.util.sizeFromShape(axes.map((axis) => x.shape[axis] as number));
  const rows = tf.reshape<tf.Rank.R2>(permuted, [dy.size, factors]);
  const restOfRow = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true));
  const result = tf.reshape(tf.mul(restOfRow, tf.reshape(dy, [dy.size, 1])), permuted.shape);
  return tf.transpose(
    result,
    order.map((_, axis) => order.indexOf(axis)),
  );
}
