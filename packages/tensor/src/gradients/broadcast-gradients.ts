import { tf } from '../tf.ts';
import { keepWhere } from './keep-where.ts';
import { sumTo } from './sum-to.ts';

/** The gradients of functions of two tensors that tfjs leaves in the shape of the result where an input is broadcast. */
export const broadcastGradients: readonly tf.GradConfig[] = [
  // Where both are equal all of it goes to the first, as tfjs has it and core's own gradients at ties count on.
  ofTwo('Maximum', {
    a: (dy, a, b) => keepWhere(tf.greaterEqual(a, b), dy),
    b: (dy, a, b) => keepWhere(tf.less(a, b), dy),
  }),
  ofTwo('Minimum', {
    a: (dy, a, b) => keepWhere(tf.lessEqual(a, b), dy),
    b: (dy, a, b) => keepWhere(tf.greater(a, b), dy),
  }),
  ofTwo('SquaredDifference', {
    a: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    b: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  }),
];

type Gradient = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** From the gradients in the shape of the result. */
function ofTwo(kernelName: string, gradients: Readonly<Record<'a' | 'b', Gradient>>): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return {
        a: () => sumTo(gradients.a(dy as tf.Tensor, a, b), a.shape),
        b: () => sumTo(gradients.b(dy as tf.Tensor, a, b), b.shape),
      };
    },
  };
}
