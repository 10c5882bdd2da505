import { tf } from '../tf.ts';

/** Gradients of functions with steps, which are zero: in tfjs that of a floored quotient is that of the quotient. */
export const flatGradients: readonly tf.GradConfig[] = [
  {
    kernelName: 'FloorDiv',
    inputsToSave: ['a', 'b'],
    gradFunc: (_, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return { a: () => tf.zeros(a.shape), b: () => tf.zeros(b.shape) };
    },
  },
  {
    kernelName: 'Cast',
    gradFunc: (dy, _, attrs) => {
      const upstream = dy as tf.Tensor;
      return { x: () => (attrs['dtype'] === 'float32' ? upstream.clone() : tf.zeros(upstream.shape)) };
    },
  },
];
