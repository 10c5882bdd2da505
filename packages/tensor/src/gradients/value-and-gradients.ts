import { RlloomError } from '@rlloom/spec';
import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';

/** What a function to be differentiated returns. */
export interface ValueAndAux {
  /** The scalar to differentiate, `[]`, float32. */
  readonly value: tf.Scalar;
  /** Tensors to carry out beside it (metrics, log-probs); no gradient flows from them. */
  readonly aux?: Readonly<Record<string, tf.Tensor>>;
}

/** A value, its gradient by parameter, and what was carried out beside it. The caller owns every tensor. */
export interface ValueAndGradients {
  readonly value: tf.Scalar;
  readonly aux: Readonly<Record<string, tf.Tensor>>;
  readonly gradients: ParameterTree;
}

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
  const names = Object.keys(parameters);
  const tensors = Object.values(parameters);
  let kept: Record<string, tf.Tensor> = {};
  try {
    return tf.tidy(() => {
      const evaluate = (): tf.Scalar => {
        const { value, aux = {} } = f(parameters);
        checkScalar(value);
        // The tape's own scope frees whatever `f` made, so aux leaves it as kept clones.
        kept = Object.fromEntries(Object.entries(aux).map(([name, tensor]) => [name, tf.keep(tensor.clone())]));
        return value;
      };
      if (names.length === 0) return { value: tf.tidy(evaluate), aux: cloneAll(kept), gradients: {} };
      const { value, grads } = tf.engine().gradients(evaluate, tensors, undefined, true);
      const gradients = Object.fromEntries(
        names.map((name, i) => [name, (grads[i] as tf.Tensor | undefined) ?? tf.zerosLike(tensors[i] as tf.Tensor)]),
      );
      return { value, aux: cloneAll(kept), gradients };
    });
  } finally {
    tf.dispose(kept);
  }
}

function cloneAll(tensors: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.clone()]));
}

function checkScalar(value: tf.Tensor): void {
  if (value.rank === 0 && value.dtype === 'float32') return;
  throw new RlloomError('unexpected', {
    what: `valueAndGradients needs a float32 scalar, got ${value.dtype} of shape [${value.shape.join(', ')}]`,
    fix: 'reduce the loss with tf.sum or tf.mean',
  });
}
