import { tf } from '../tf.ts';

/** Tensors by name or place, nested: what a compiled function takes and returns. */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** The tensors of a tree, in the order of its keys. */
export function treeTensors(tree: TensorTree): tf.Tensor[] {
  if (tree instanceof tf.Tensor) return [tree];
  return (Array.isArray(tree) ? (tree as TensorTree[]) : Object.values(tree)).flatMap(treeTensors);
}

/** A tree of the same form with other tensors, given in the order of {@link treeTensors}. */
export function withTensors<Tree extends TensorTree>(tree: Tree, tensors: readonly tf.Tensor[]): Tree {
  const rest = tensors[Symbol.iterator]();
  const rebuild = (node: TensorTree): TensorTree => {
    if (node instanceof tf.Tensor) return rest.next().value as tf.Tensor;
    if (Array.isArray(node)) return (node as TensorTree[]).map(rebuild);
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, rebuild(child)]));
  };
  return rebuild(tree) as Tree;
}

/** Names, shapes and types of a tree as a text: two trees with the same text run the same compiled program. */
export function treeSignature(tree: TensorTree): string {
  if (tree instanceof tf.Tensor) return `${tree.dtype}[${tree.shape.join()}]`;
  if (Array.isArray(tree)) return `(${(tree as TensorTree[]).map(treeSignature).join(' ')})`;
  return `{${Object.entries(tree)
    .map(([name, child]) => `${name}:${treeSignature(child)}`)
    .join(' ')}}`;
}
