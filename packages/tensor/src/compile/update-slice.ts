import { tf } from '../tf.ts';
import { activeTrace } from './trace/active-trace.ts';
import { refuseGradient } from './trace/refuse-gradient.ts';

/**
 * `target` with `update` written into it from index `start` of `axis` on: for a buffer that a loop fills step by step,
 * such as a cache. In a compiled loop nothing is copied but the update. Not differentiable.
 *
 * @param target any shape
 * @param update as `target`, but shorter along `axis`
 * @param place.start where it begins; a scalar tensor (int32) when it changes from round to round. What would stick out
 * is undefined behaviour
 * @example
 * ```ts
 * const filled = updateSlice(tf.zeros([4]), tf.tensor1d([1, 2]), { axis: 0, start: 1 });
 * await filled.data(); // => Float32Array [0, 1, 2, 0]
 * ```
 */
export function updateSlice<Target extends tf.Tensor>(
  target: Target,
  update: tf.Tensor,
  place: { readonly axis: number; readonly start: number | tf.Tensor },
): Target {
  const { axis } = place;
  checkShapes(target, update, axis);
  return tf.tidy(() => {
    const start = typeof place.start === 'number' ? tf.scalar(place.start, 'int32') : place.start;
    const trace = activeTrace();
    if (trace !== undefined) {
      const written = trace.updateSlice(target, update, { axis, start });
      refuseGradient('updateSlice', [target, update], [written]);
      return written as Target;
    }
    const first = typeof place.start === 'number' ? place.start : (start.dataSync()[0] as number);
    const length = target.shape[axis] as number;
    const end = first + (update.shape[axis] as number);
    const part = (from: number, to: number): tf.Tensor => {
      const [begin, size] = [target.shape.map(() => 0), [...target.shape]];
      begin[axis] = from;
      size[axis] = to - from;
      return tf.slice(target, begin, size);
    };
    const pieces = [...(first > 0 ? [part(0, first)] : []), update, ...(end < length ? [part(end, length)] : [])];
    return (pieces.length === 1 ? update.clone() : tf.concat(pieces, axis)) as Target;
  });
}

function checkShapes({ shape, dtype }: tf.Tensor, update: tf.Tensor, axis: number): void {
  const fits =
    update.rank === shape.length &&
    update.dtype === dtype &&
    update.shape.every((size, i) => (i === axis ? size <= (shape[i] as number) : size === shape[i]));
  if (fits && axis >= 0 && axis < shape.length) return;
  throw new Error(
    `updateSlice: ${update.dtype} of [${update.shape.join(', ')}] does not fit into ${dtype} of [${shape.join(', ')}] along axis ${axis}`,
  );
}
