import { RlloomError } from '@rlloom/spec';
import type { ParameterTree } from '../parameter-tree.ts';
import type { tf } from '../tf.ts';

/**
 * The tensor of that name.
 *
 * @throws RlloomError kind `unexpected` when `tree` has none
 */
export function tensorOf(tree: ParameterTree, name: string): tf.Tensor {
  const tensor = tree[name];
  if (tensor !== undefined) return tensor;
  throw new RlloomError('unexpected', { what: `no tensor "${name}" among ${Object.keys(tree).length}`, where: name });
}
