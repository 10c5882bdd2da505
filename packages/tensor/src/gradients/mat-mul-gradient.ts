import { tf } from '../tf.ts';
import { sumTo } from './sum-to.ts';

/**
 * The gradient of `BatchMatMul` where leading dimensions broadcast, which tfjs's own gets wrong: `[B, T, H] × [H, V]`
 * is folded into one product of matrices, any other broadcast is summed over the repeated dimensions.
 */
export const matMulGradient: tf.GradConfig = {
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attrs) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const { transposeA, transposeB } = attrs as unknown as Transposes;
    const upstream = dy as tf.Tensor;
    if (b.rank === 2 && a.rank > 2 && !transposeA) {
      const rows = flatten(a);
      const folded = products(flatten(upstream), rows, { b, transposeA, transposeB });
      return { a: () => tf.reshape(folded.a(), a.shape), b: folded.b };
    }
    const full = products(upstream, a, { b, transposeA, transposeB });
    return { a: () => sumTo(full.a(), a.shape), b: () => sumTo(full.b(), b.shape) };
  },
};

interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The two products of the chain rule, for one layout of the operands or the other. */
function products(
  dy: tf.Tensor,
  a: tf.Tensor,
  { b, transposeA, transposeB }: Transposes & { readonly b: tf.Tensor },
): { readonly a: () => tf.Tensor; readonly b: () => tf.Tensor } {
  return {
    a: () => (transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB)),
    b: () => (transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false)),
  };
}

function flatten(tensor: tf.Tensor): tf.Tensor {
  return tf.reshape(tensor, [-1, tensor.shape.at(-1) as number]);
}
