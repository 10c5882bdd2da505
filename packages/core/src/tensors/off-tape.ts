import { tf } from '@rlloom/tensor';

/**
 * What `compute` returns, as a constant: none of its operations is differentiated, so it may use ones that have no
 * gradient (comparisons, `topk`) on tensors that carry one.
 *
 * @param compute a pure function; may use any tensor in reach
 * @returns its tensor, owned by the caller
 */
export function offTape<Result extends tf.Tensor>(compute: () => Result): Result {
  // A function of no tensor has none to send a gradient to.
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))();
}
