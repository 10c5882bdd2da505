import { tf } from '../tf.ts';

/** The gradient of `Cumsum`: the sum from the other end. That of tfjs has its axes exchanged, but for the last one. */
export const cumsumGradient: tf.GradConfig = {
  kernelName: 'Cumsum',
  gradFunc: (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as {
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
    };
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
};
