import { tf } from '../tf.ts';
import { type TensorTree, treeTensors, withTensors } from './tensor-tree.ts';
import { activeTrace } from './trace/active-trace.ts';
import { refuseGradient } from './trace/refuse-gradient.ts';

/** What {@link whileLoop} runs. */
export interface WhileLoop<State extends TensorTree> {
  readonly state: State;
  /** Whether to go on: a bool of shape `[]`. */
  readonly condition: (state: State) => tf.Tensor;
  /** The next state: the same tree, with tensors of the same shapes and types. */
  readonly body: (state: State) => TensorTree;
}

/**
 * Runs `body` on the state as long as `condition` holds. In a compiled program the loop is part of the graph: neither
 * function is called more than once there, and nothing comes back to JavaScript between two rounds. Elsewhere it reads
 * the condition each round, which the webgpu backend cannot. Not differentiable: in a compiled program that is an error.
 *
 * @returns the last state; the given one stays the caller's
 * @example
 * ```ts
 * const { x } = whileLoop({
 *   state: { x: tf.scalar(1) },
 *   condition: ({ x }) => tf.less(x, 100),
 *   body: ({ x }) => ({ x: tf.mul(x, 2) }),
 * });
 * await x.data(); // => Float32Array [128]
 * ```
 */
export function whileLoop<State extends TensorTree>(loop: WhileLoop<State>): State {
  const trace = activeTrace();
  if (trace !== undefined) {
    const read = treeTensors(loop.state);
    const body = (state: State): TensorTree => {
      const next = loop.body(state);
      read.push(...treeTensors(next));
      return next;
    };
    const last = trace.whileLoop({ ...loop, body });
    refuseGradient('whileLoop', read, treeTensors(last));
    return last;
  }
  let state = cloned(loop.state);
  while (tf.tidy(() => loop.condition(state).dataSync()[0] !== 0)) {
    const before = state;
    state = tf.tidy(() => checkState(loop.state, loop.body(before)) as never);
    const stays = new Set(treeTensors(state));
    for (const tensor of treeTensors(before)) if (!stays.has(tensor)) tensor.dispose();
  }
  return state;
}

/** Checks that a round keeps shapes and types, and names what does not. */
export function checkState<State extends TensorTree>(first: State, next: TensorTree): State {
  const [from, to] = [treeTensors(first), treeTensors(next)];
  if (from.length !== to.length) {
    throw new Error(`whileLoop: the state has ${from.length} tensors, the body returns ${to.length}`);
  }
  from.forEach(({ shape, dtype }, i) => {
    const other = to[i] as tf.Tensor;
    if (other.dtype === dtype && tf.util.arraysEqual(shape, other.shape)) return;
    throw new Error(
      `whileLoop: tensor ${i} of the state is ${dtype} of [${shape.join(', ')}], the body returns ${other.dtype} of [${other.shape.join(', ')}]`,
    );
  });
  return next as State;
}

function cloned<State extends TensorTree>(state: State): State {
  return withTensors(
    state,
    treeTensors(state).map((tensor) => tensor.clone()),
  );
}
