import { RlloomError } from '@rlloom/spec';
import { tf } from '../tf.ts';

/** Tensors by name or place, nested: what a compiled function takes and returns. */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/**
 * The tensors of a tree, in the order of its keys.
 *
 * @throws RlloomError kind `unexpected` for anything else in it, which types do not keep out of plain JavaScript
 */
export function treeTensors(tree: TensorTree): tf.Tensor[] {
  return tree instanceof tf.Tensor ? [tree] : children(tree).flatMap(treeTensors);
}

function children(tree: unknown): TensorTree[] {
  if (Array.isArray(tree)) return tree as TensorTree[];
  if (typeof tree === 'object' && tree !== null && !ArrayBuffer.isView(tree)) {
    const entries = Object.entries(tree) as [string, unknown][];
    const wrong = entries.find(([, child]) => typeof child !== 'object' || child === null);
    if (wrong === undefined) return entries.map(([, child]) => child as TensorTree);
    throw notTensor(`"${wrong[0]}"`, wrong[1]);
  }
  throw notTensor('what goes in or comes out', tree);
}

function notTensor(which: string, value: unknown): RlloomError {
  const name = ArrayBuffer.isView(value) ? value.constructor.name : typeof value;
  const kind = value == null ? String(value) : `a ${name}`;
  return new RlloomError('unexpected', {
    what: `${which} is ${kind} where a tensor must be`,
    fix: 'a compiled function takes and returns tensors, in arrays and objects; make it one: tf.scalar(3), tf.tensor(values)',
  });
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
