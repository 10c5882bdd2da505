import { tf } from '../tf.ts';

/** The gradient of `Tile` (and `tf.broadcastTo`): the sum over the copies, for any number of axes. */
export const tileGradient: tf.GradConfig = {
  kernelName: 'Tile',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [tf.Tensor];
    const counts = attrs['reps'] as unknown as readonly number[];
    return { x: () => tf.reshape(counts.reduce(sumCopies(x.shape), dy as tf.Tensor), x.shape) };
  },
};

// One axis after the other: with all axes of the copies beside those of x there would be more than backends take.
function sumCopies(shape: readonly number[]) {
  return (gradient: tf.Tensor, count: number, axis: number): tf.Tensor => {
    if (count === 1) return gradient;
    const size = shape[axis] as number;
    const [before, after] = [gradient.shape.slice(0, axis), gradient.shape.slice(axis + 1)];
    const copies = tf.reshape<tf.Rank.R3>(gradient, [
      tf.util.sizeFromShape(before),
      count,
      size * tf.util.sizeFromShape(after),
    ]);
    return tf.reshape(tf.sum(copies, 1), [...before, size, ...after]);
  };
}
