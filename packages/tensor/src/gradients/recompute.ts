import { activeTrace } from '../compile/trace/active-trace.ts';
import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { backpropagate } from './backpropagate.ts';
import { isRecording, record } from './tape.ts';
import { isWanted } from './wanted-inputs.ts';

/** Options of {@link recompute}. */
export interface RecomputeOptions {
  /**
   * `compiled`: in compiled programs only, elsewhere `f` is just called. For a few cheap operations on large tensors: a
   * graph frees what it need not keep, where operations run one by one cost more than the memory is worth.
   */
  readonly only?: 'compiled';
}

/**
 * `f(inputs)`, with its intermediate results forgotten and computed again when its gradient is taken (gradient
 * checkpointing, arXiv:1604.06174): the memory of a chain of n such steps falls from all that happens within n steps to n
 * inputs and what happens within one, for one more forward pass. Values and gradients are those of `f` itself.
 *
 * @param f pure: the same result each time, and no tensor used but those of `inputs`, since others may be freed by the
 * time it runs again
 * @param inputs every tensor that `f` reads; no gradient is computed for those that lead to no source of the gradient
 * @example
 * ```ts
 * const twice = ({ x }: Record<string, tf.Tensor>) => tf.mul(x as tf.Tensor, 2);
 * const { gradients } = valueAndGradients(({ x }) => ({ value: tf.sum(recompute(twice, { x: x as tf.Tensor })) }), {
 *   x: tf.tensor1d([1, 2]),
 * });
 * await gradients.x.data(); // => Float32Array [2, 2]
 * ```
 */
export function recompute<Result extends tf.Tensor>(
  f: (inputs: ParameterTree) => Result,
  inputs: ParameterTree,
  { only }: RecomputeOptions = {},
): Result {
  if (only === 'compiled' && (activeTrace() === undefined || !isRecording())) return f(inputs);
  const names = Object.keys(inputs);
  const run = (tensors: readonly tf.Tensor[]): tf.Tensor => {
    const result = f(Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor])));
    return tensors.includes(result) ? result.clone() : result;
  };
  const compute = tf.customGrad((...given) => {
    const tensors = given.slice(0, -1) as tf.Tensor[];
    const save = given.at(-1) as unknown as tf.GradSaveFunc;
    save(tensors);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const isSource = saved.map((tensor, i) => tensor.dtype === 'float32' && isWanted(tensors[i] as tf.Tensor));
      const again = activeTrace()?.delayed(saved, dy) ?? saved;
      const sources = again.filter((_, i) => isSource[i]);
      const gradients = pullBack(() => run(again), sources, dy);
      // Nobody reads the number in place of a gradient that is not wanted.
      return again.map((tensor, i) => {
        if (isSource[i] !== true) return tf.scalar(0);
        return gradients[sources.indexOf(tensor)] ?? tf.zerosLike(tensor);
      });
    };
    return { value: run(tensors), gradFunc };
  });
  return compute(...Object.values(inputs)) as Result;
}

/** The gradient of `Σ f() · dy` for each source, `undefined` where a source takes no part. */
function pullBack(
  f: () => tf.Tensor,
  sources: readonly tf.Tensor[],
  dy: tf.Tensor,
): readonly (tf.Tensor | undefined)[] {
  if (sources.length === 0) return [];
  // Under another gradient the tape is not ours to free.
  if (isRecording()) return tf.engine().gradients(f, [...sources], dy, true).grads;
  return backpropagate(record(f, sources), sources, dy.clone());
}
