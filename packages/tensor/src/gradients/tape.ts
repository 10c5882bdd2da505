import { tf } from '../tf.ts';
import { carriesGradient } from './carries-gradient.ts';

/** One recorded operation. */
export type TapeNode = ReturnType<typeof tf.engine>['state']['activeTape'][number];

/** What `f` returned, and the operations it ran; the caller frees both. */
export interface Recording {
  readonly value: tf.Tensor;
  readonly tape: readonly TapeNode[];
}

/**
 * Runs `f` with tfjs recording what its gradient for `sources` needs: operations on nothing that comes from a source are
 * left out, so the frozen part of a model holds no activations, and so are those whose results carry no gradient.
 * Everything `f` makes is freed, but for its result and what the tape saved. When `f` throws, the saved tensors are freed
 * too (tfjs's own loses them).
 */
export function record(f: () => tf.Tensor, sources: readonly tf.Tensor[]): Recording {
  const { state } = tf.engine();
  const tape = tapeFrom(sources);
  const before = state.activeTape;
  state.activeTape = tape;
  state.gradientDepth++;
  try {
    return { value: tf.tidy(f), tape };
  } catch (error) {
    freeTape(tape);
    throw error;
  } finally {
    state.gradientDepth--;
    state.activeTape = before;
  }
}

// tfjs pushes an operation onto the tape once it is done.
function tapeFrom(sources: readonly tf.Tensor[]): TapeNode[] {
  const tape: TapeNode[] = [];
  const reached = new Set(sources.map(({ id }) => id));
  const push = (node: TapeNode): void => {
    const inputs = Object.entries(node.inputs).filter(([, input]) => (input as tf.Tensor | undefined) !== undefined);
    const outputs = node.outputs.filter(carriesGradient);
    if (outputs.length === 0 || !inputs.some(([, { id }]) => reached.has(id))) return freeTape([node]);
    for (const { id } of outputs) reached.add(id);
    // An input that the call left out is there, undefined.
    tape[tape.length] = Object.assign(node, { inputs: Object.fromEntries(inputs) });
  };
  return Object.assign(tape, {
    push: (...nodes: TapeNode[]) => {
      nodes.forEach(push);
      return tape.length;
    },
  });
}

/** Whether a gradient is being computed around this call, so that its tape must stay. */
export function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

/** Frees what the nodes saved for the gradient. */
export function freeTape(tape: readonly TapeNode[]): void {
  for (const { saved } of tape) tf.dispose(saved ?? []);
}
