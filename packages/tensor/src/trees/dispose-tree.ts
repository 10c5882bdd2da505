import type { ParameterTree } from '../parameter-tree.ts';

/** Frees every tensor of `tree`. Tensors already freed are passed over. */
export function disposeTree(tree: ParameterTree): void {
  for (const tensor of Object.values(tree)) tensor.dispose();
}
