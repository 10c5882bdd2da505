import { RlloomError } from '@rlloom/spec';
import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { cloneTree } from '../trees/clone-tree.ts';
import { disposeTree } from '../trees/dispose-tree.ts';
import { mapTree } from '../trees/map-tree.ts';
import { backpropagate } from './backpropagate.ts';
import { isRecording, record } from './tape.ts';

/** What a function to be differentiated returns. */
export interface ValueAndAux {
  /** The scalar to differentiate, `[]`, float32. */
  readonly value: tf.Scalar;
  /** Tensors to carry out beside it (metrics, log-probs); no gradient flows from them. */
  readonly aux?: Readonly<Record<string, tf.Tensor>>;
}

/** A value, its gradient by parameter, and what was carried out beside it. The caller owns every tensor. */
// A type, not an interface, so that `tf.tidy` takes it.
export type ValueAndGradients = {
  readonly value: tf.Scalar;
  readonly aux: Record<string, tf.Tensor>;
  readonly gradients: Record<string, tf.Tensor>;
};

/**
 * Evaluates `f` and the gradient of its value for every parameter, by reverse-mode differentiation.
 *
 * A parameter that takes no part in the value has a gradient of zeros. All intermediate tensors are freed, also
 * when `f` throws; the returned ones belong to the caller (or to the `tf.tidy` around the call).
 *
 * @throws RlloomError kind `unexpected` when the value is not a float32 scalar
 * @example
 * ```ts
 * const { gradients } = valueAndGradients(({ w }) => ({ value: tf.sum(tf.square(w)) }), { w: tf.tensor1d([1, 2]) });
 * await gradients.w.data(); // => Float32Array [2, 4]
 * ```
 */
export function valueAndGradients(
  f: (parameters: ParameterTree) => ValueAndAux,
  parameters: ParameterTree,
): ValueAndGradients {
  const sources = Object.values(parameters);
  let kept: Readonly<Record<string, tf.Tensor>> = {};
  try {
    return tf.tidy(() => {
      const { value, gradients } = differentiate(() => {
        const { value, aux = {} } = f(parameters);
        checkScalar(value);
        // The scope around this frees whatever `f` made, so aux leaves it as kept clones.
        kept = mapTree(aux, (tensor) => tf.keep(tensor.clone()));
        // A parameter itself stays its owner's.
        return sources.includes(value) ? value.clone() : value;
      }, sources);
      // Two names may share a tensor; each gets a gradient of its own to free.
      const named = Object.keys(parameters).map((name, i) => [
        name,
        gradients[i]?.clone() ?? tf.zerosLike(sources[i] as tf.Tensor),
      ]);
      return { value, aux: cloneTree(kept), gradients: Object.fromEntries(named) as Record<string, tf.Tensor> };
    });
  } finally {
    disposeTree(kept);
  }
}

/** The value of `f` and its gradient for each source, `undefined` where a source takes no part. */
function differentiate(
  f: () => tf.Scalar,
  sources: readonly tf.Tensor[],
): { readonly value: tf.Scalar; readonly gradients: readonly (tf.Tensor | undefined)[] } {
  if (sources.length === 0) return { value: tf.tidy(f), gradients: [] };
  // Under another gradient the tape is not ours to free.
  if (isRecording()) {
    const { value, grads } = tf.engine().gradients(f, [...sources], undefined, true);
    return { value, gradients: grads };
  }
  const recording = record(f, sources);
  return { value: recording.value as tf.Scalar, gradients: backpropagate(recording, sources) };
}

function checkScalar(value: tf.Tensor): void {
  if (value.rank === 0 && value.dtype === 'float32') return;
  throw new RlloomError('unexpected', {
    what: `valueAndGradients needs a float32 scalar, got ${value.dtype} of shape [${value.shape.join(', ')}]`,
    fix: 'reduce the loss with tf.sum or tf.mean',
  });
}
