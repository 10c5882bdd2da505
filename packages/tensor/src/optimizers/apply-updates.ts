import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { mapTree } from '../trees/map-tree.ts';

/**
 * `parameters + updates` as new tensors, a clone where there is no update of that name. The caller owns the result;
 * `parameters` and `updates` stay, to be freed by their owner.
 */
export function applyUpdates(parameters: ParameterTree, updates: ParameterTree): Record<string, tf.Tensor> {
  return mapTree(parameters, (parameter, name) => {
    const update = updates[name];
    return update === undefined ? parameter.clone() : tf.add(parameter, update);
  });
}
