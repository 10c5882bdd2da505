import { tf } from '../tf.ts';
import { freeTape, type Recording, type TapeNode } from './tape.ts';

/**
 * The gradient of a recorded scalar for each of `sources`; `undefined` where a source takes no part. Frees the tape.
 *
 * tfjs's own keeps every activation and every gradient of one until the end. Here each is freed once the last
 * operation that needs it is done. With a `tf.tidy` around each layer of a model that saves a third of the memory at the
 * peak.
 */
export function backpropagate({ value, tape }: Recording, sources: readonly tf.Tensor[]): (tf.Tensor | undefined)[] {
  const used = new Set(connected(tape, sources, value));
  freeTape(tape.filter((node) => !used.has(node)));
  const keep = new Set(sources.map(({ id }) => id));
  const gradients = new Map<number, tf.Tensor>([[value.id, tf.ones(value.shape)]]);
  const fromSources = reachable(tape, sources);
  try {
    for (const node of [...used].reverse()) {
      const upstream = node.outputs.map(({ id }) => gradients.get(id));
      for (const [input, gradient] of inputGradients(node, upstream, fromSources))
        accumulate(gradients, input, gradient);
      for (const { id } of node.outputs) {
        if (keep.has(id)) continue;
        gradients.get(id)?.dispose();
        gradients.delete(id);
      }
      freeTape([node]);
    }
  } finally {
    freeTape([...used]);
  }
  return sources.map(({ id }) => gradients.get(id));
}

/** The gradients of one operation's inputs, for those that depend on a source. */
function inputGradients(
  node: TapeNode,
  upstream: readonly (tf.Tensor | undefined)[],
  fromSources: ReadonlySet<number>,
): [tf.Tensor, tf.Tensor][] {
  if (node.gradient == null) throw new Error(`tfjs has no gradient of ${node.kernelName}`);
  const byInput = node.gradient(upstream as tf.Tensor[]);
  return Object.entries(node.inputs)
    .filter(([, { id }]) => fromSources.has(id))
    .map(([name, input]) => {
      const compute = byInput[name];
      if (compute === undefined) throw new Error(`${node.kernelName} has no gradient for its input "${name}"`);
      // A gradient may be the upstream one itself, which is freed after this.
      const gradient = tf.tidy(() => {
        const result = compute();
        return upstream.includes(result) ? result.clone() : result;
      });
      if (gradient.dtype !== 'float32' || !tf.util.arraysEqual(gradient.shape, input.shape)) {
        throw new Error(
          `the gradient of ${node.kernelName} for "${name}" is ${gradient.dtype} of [${gradient.shape.join()}], the input has [${input.shape.join()}]`,
        );
      }
      return [input, gradient];
    });
}

function accumulate(gradients: Map<number, tf.Tensor>, { id }: tf.Tensor, gradient: tf.Tensor): void {
  const soFar = gradients.get(id);
  gradients.set(id, soFar === undefined ? gradient : tf.add(soFar, gradient));
  if (soFar !== undefined) tf.dispose([soFar, gradient]);
}

/** The operations on a path from a source to `value`, in the order they ran. */
function connected(tape: readonly TapeNode[], sources: readonly tf.Tensor[], value: tf.Tensor): TapeNode[] {
  const forward = reachable(tape, sources);
  const towards = new Set([value.id]);
  return tape
    .filter((node) => Object.values(node.inputs).some(({ id }) => forward.has(id)))
    .reverse()
    .filter((node) => {
      if (!node.outputs.some(({ id }) => towards.has(id))) return false;
      for (const { id } of Object.values(node.inputs)) towards.add(id);
      return true;
    })
    .reverse();
}

/** Ids of the sources and of every tensor that depends on one. */
function reachable(tape: readonly TapeNode[], sources: readonly tf.Tensor[]): Set<number> {
  const ids = new Set(sources.map(({ id }) => id));
  for (const { inputs, outputs } of tape) {
    if (Object.values(inputs).some(({ id }) => ids.has(id))) for (const { id } of outputs) ids.add(id);
  }
  return ids;
}
