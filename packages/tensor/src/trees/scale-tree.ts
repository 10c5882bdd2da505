import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { mapTree } from './map-tree.ts';

/** `factor × tree`. The caller owns the result; `tree` stays. */
export function scaleTree(tree: ParameterTree, factor: number | tf.Scalar): Record<string, tf.Tensor> {
  const scalar = typeof factor === 'number' ? tf.scalar(factor) : factor;
  const scaled = mapTree(tree, (tensor) => tf.mul(tensor, scalar));
  if (scalar !== factor) scalar.dispose();
  return scaled;
}
