import type { ParameterTree } from '../parameter-tree.ts';
import type { tf } from '../tf.ts';

/**
 * The tree of `f(tensor, name)`, key order kept. Frees nothing.
 *
 * @example
 * ```ts
 * const halves = mapTree({ w: tf.scalar(4) }, (tensor) => tf.div(tensor, 2));
 * await halves['w']?.data(); // => Float32Array [2]
 * ```
 */
export function mapTree(
  tree: ParameterTree,
  f: (tensor: tf.Tensor, name: string) => tf.Tensor,
): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tree).map(([name, tensor]) => [name, f(tensor, name)]));
}
