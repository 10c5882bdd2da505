import type { ParameterTree } from '../parameter-tree.ts';
import { mapTree } from './map-tree.ts';

/** New tensors with the values of `tree`; they share memory until one side is freed. The caller owns them. */
export function cloneTree(tree: ParameterTree): Record<string, ParameterTree[string]> {
  return mapTree(tree, (tensor) => tensor.clone());
}
