import { tf } from '../tf.ts';

/** The gradient of `MirrorPad`, with that of the copies, which that of tfjs drops. */
export const mirrorPadGradient: tf.GradConfig = {
  kernelName: 'MirrorPad',
  gradFunc: (dy, _, attrs) => {
    const { paddings, mode } = attrs as unknown as {
      readonly paddings: readonly (readonly [number, number])[];
      readonly mode: 'reflect' | 'symmetric';
    };
    const skipped = mode === 'reflect' ? 1 : 0;
    const fold = (gradient: tf.Tensor, [before, after]: readonly [number, number], axis: number): tf.Tensor =>
      foldBack(gradient, axis, { before, after, skipped });
    return { x: () => paddings.reduce(fold, dy as tf.Tensor) };
  },
};

interface Mirrored {
  readonly before: number;
  readonly after: number;
  /** Elements at the border that have no copy. */
  readonly skipped: number;
}

/** Adds the copies on both sides of an axis to what they are copies of. */
function foldBack(padded: tf.Tensor, axis: number, { before, after, skipped }: Mirrored): tf.Tensor {
  const size = (padded.shape[axis] as number) - before - after;
  const part = (begin: number, length: number): tf.Tensor =>
    tf.slice(
      padded,
      padded.shape.map((_, i) => (i === axis ? begin : 0)),
      padded.shape.map((all, i) => (i === axis ? length : all)),
    );
  const placed = (copies: tf.Tensor, begin: number): tf.Tensor => {
    const end = size - begin - (copies.shape[axis] as number);
    return tf.pad(
      tf.reverse(copies, axis),
      copies.shape.map((_, i): [number, number] => (i === axis ? [begin, end] : [0, 0])),
    );
  };
  let sum = part(before, size);
  if (before > 0) sum = tf.add(sum, placed(part(0, before), skipped));
  if (after > 0) sum = tf.add(sum, placed(part(before + size, after), size - skipped - after));
  return sum;
}
