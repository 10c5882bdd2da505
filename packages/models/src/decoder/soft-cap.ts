import { tf } from '@rlloom/tensor';

/** `cap · tanh(x / cap)`: near 0 as `x`, never beyond ±`cap` (arXiv:2408.00118); `x` itself without a cap. */
export function softCap<Shape extends tf.Tensor>(x: Shape, cap: number | null): Shape {
  return cap === null ? x : tf.mul(tf.tanh(tf.mul(x, 1 / cap)), cap);
}
