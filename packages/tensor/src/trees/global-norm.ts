import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';

/**
 * The Euclidean norm over all tensors of `tree` together, `[]`: `√(Σ x²)`; 0 for an empty tree. The caller owns it.
 *
 * @example
 * ```ts
 * const norm = globalNorm({ a: tf.tensor1d([3]), b: tf.tensor1d([0, 4]) });
 * await norm.data(); // => Float32Array [5]
 * ```
 */
export function globalNorm(tree: ParameterTree): tf.Scalar {
  const tensors = Object.values(tree);
  if (tensors.length === 0) return tf.scalar(0);
  return tf.tidy(() => tf.sqrt(tf.addN(tensors.map(sumOfSquares))));
}

/** `Σ x²`: a single kernel where the backend has one. */
function sumOfSquares(x: tf.Tensor): tf.Scalar {
  if ((tf.getKernel('SumOfSquares', tf.getBackend()) as tf.KernelConfig | undefined) === undefined)
    return tf.sum(tf.square(x));
  return tf.engine().runKernel('SumOfSquares', { x });
}
