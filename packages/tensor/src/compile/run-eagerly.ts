import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { checkedResult } from './checked-result.ts';
import type { BodyResult } from './program.ts';
import { checkFits, type VariableSpec } from './program-variables.ts';
import { type TensorTree, treeTensors, withTensors } from './tensor-tree.ts';

/**
 * Runs the body of a program's function operation by operation. Outputs and updates are tensors of their own, neither
 * variables nor inputs; the caller owns them.
 *
 * @throws RlloomError kind `unexpected` when an update does not fit its variable
 */
export function runEagerly<Outputs extends TensorTree>(
  body: () => BodyResult<Outputs>,
  variables: ReadonlyMap<string, VariableSpec>,
): { readonly outputs: Outputs; readonly updates: ParameterTree } {
  const own = (tensor: tf.Tensor): tf.Tensor => tf.keep(tensor.clone());
  return tf.tidy(() => {
    const { outputs, updates = {} } = checkedResult(body());
    checkFits(variables, updates);
    return {
      outputs: withTensors(outputs, treeTensors(outputs).map(own)),
      updates: Object.fromEntries(Object.entries(updates).map(([name, value]) => [name, own(value)])),
    } as never;
  });
}
