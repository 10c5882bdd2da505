import { tf } from '@rlloom/tensor';

// Finite, so that a row that may look nowhere (padding) gives numbers and no NaN; exp of it is 0 in float32.
const hidden = -1e9;

/**
 * What attention scores add: 0 where a token may look, a large negative number at later tokens and at padding.
 *
 * @param attentionMask 1 where there is a token, 0 at padding; `[B,T]`
 * @returns `[B,1,T,T]`
 */
export function causalMask(attentionMask: tf.Tensor2D): tf.Tensor4D {
  const [batch, time] = attentionMask.shape;
  const later = new Float32Array(time * time);
  for (let t = 0; t < time; t++) later.fill(hidden, t * time + t + 1, (t + 1) * time);
  const padding = tf.mul(tf.sub(1, tf.cast(attentionMask, 'float32')), hidden);
  return tf.add(tf.tensor4d(later, [1, 1, time, time]), tf.reshape(padding, [batch, 1, 1, time]));
}

/**
 * A mask of attention scores that hides what lies further back than a window, too.
 *
 * @param mask what the scores add already, `[B,1,T,S]`
 * @param shape `time` T: the new tokens, which are the last of `length` S; `window`: tokens that a token sees, itself
 * included, or `null` for all
 * @returns `[B,1,T,S]`, or `mask` itself when the window hides nothing
 */
export function windowedMask(
  mask: tf.Tensor4D | undefined,
  { time, length, window }: { readonly time: number; readonly length: number; readonly window: number | null },
): tf.Tensor4D | undefined {
  if (window === null || window >= length) return mask;
  const before = new Float32Array(time * length);
  for (let t = 0; t < time; t++) {
    const first = Math.max(length - time + t + 1 - window, 0);
    before.fill(hidden, t * length, t * length + first);
  }
  const windowed = tf.tensor4d(before, [1, 1, time, length]);
  return mask === undefined ? windowed : tf.add(mask, windowed);
}

/**
 * What the scores of one new token per sequence add.
 *
 * @param paddings padding tokens at the start of each sequence
 * @param length tokens of each sequence, padding and the new one included
 * @returns `[B,1,1,length]`, or `undefined` when there is no padding
 */
export function paddingMask(paddings: readonly number[], length: number): tf.Tensor4D | undefined {
  if (paddings.every((padding) => padding === 0)) return undefined;
  const values = new Float32Array(paddings.length * length);
  paddings.forEach((padding, row) => values.fill(hidden, row * length, row * length + padding));
  return tf.tensor4d(values, [paddings.length, 1, 1, length]);
}

/** The position of each token in its sequence: `max(cumsum(mask) − 1, 0)`, float32. `[B·T]` */
export function tokenPositions(attentionMask: tf.Tensor2D): tf.Tensor1D {
  const counts = tf.cumsum(tf.cast(attentionMask, 'float32'), 1);
  return tf.reshape<tf.Rank.R1>(tf.maximum(tf.sub(counts, 1), 0), [attentionMask.size]);
}
