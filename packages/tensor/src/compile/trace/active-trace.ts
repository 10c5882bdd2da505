import type { tf } from '../../tf.ts';
import type { TensorTree } from '../tensor-tree.ts';
import type { WhileLoop } from '../while-loop.ts';

/** What is recorded in its own way while a function is traced. */
export interface ActiveTrace {
  whileLoop<State extends TensorTree>(loop: WhileLoop<State>): State;
  updateSlice(
    target: tf.Tensor,
    update: tf.Tensor,
    place: { readonly axis: number; readonly start: tf.Tensor },
  ): tf.Tensor;
  scatterAdd(target: tf.Tensor, indices: tf.Tensor, updates: tf.Tensor): tf.Tensor;
  /** The same tensors, to be computed with only once `after` is there. */
  delayed(tensors: readonly tf.Tensor[], after: tf.Tensor): tf.Tensor[];
}

let active: ActiveTrace | undefined;

/** The trace that the running code is recorded by, if any. */
export function activeTrace(): ActiveTrace | undefined {
  return active;
}

/** Runs `f` recorded by `trace`. */
export function withTrace<Result>(trace: ActiveTrace, f: () => Result): Result {
  const before = active;
  active = trace;
  try {
    return f();
  } finally {
    active = before;
  }
}
