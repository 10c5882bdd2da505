import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { mapTree } from './map-tree.ts';
import { tensorOf } from './tensor-of.ts';

/**
 * `a + b`, name by name, for two trees of the same names. The caller owns the result; `a` and `b` stay.
 *
 * @throws RlloomError kind `unexpected` when `b` lacks a name of `a`
 */
export function addTrees(a: ParameterTree, b: ParameterTree): Record<string, tf.Tensor> {
  return mapTree(a, (tensor, name) => tf.add(tensor, tensorOf(b, name)));
}
