import { tf } from '../tf.ts';
import { mapTree } from '../trees/map-tree.ts';
import { tensorOf } from '../trees/tensor-of.ts';
import type { Coefficient, GradientTransform } from './gradient-transform.ts';
import { coefficientOf, stateScalar, stateTensor } from './transform-state.ts';

/** Options of {@link adafactor}; the defaults are PyTorch's. */
export interface AdafactorOptions {
  /** The share of the new second moment is `step^beta2Decay`. Default -0.8. */
  readonly beta2Decay?: number;
  /** Floor of the second moment. Default 2⁻²³, the resolution of float32. */
  readonly epsilon1?: number;
  /** Floor of a parameter's root mean square. Default 1e-3. */
  readonly epsilon2?: number;
  /** Largest root mean square of an update. Default 1. */
  readonly clippingThreshold?: number;
}

/**
 * Adafactor (arXiv:1804.04235): the second moment of a matrix is kept as its row and column means, so state is the
 * size of the edges. Includes its own step size `max(ε₂, rms(p)) · min(learningRate, 1/√step)` and the minus sign.
 */
export function adafactor(options: AdafactorOptions = {}): GradientTransform {
  const { beta2Decay = -0.8, epsilon1 = 2 ** -23, epsilon2 = 1e-3, clippingThreshold = 1 } = options;
  return {
    init: (parameters) => ({
      tensors: Object.fromEntries(
        Object.entries(parameters).flatMap(([name, { shape }]) =>
          shape.length < 2
            ? [[`variance/${name}`, tf.zeros(shape)]]
            : [
                [`rowVariance/${name}`, tf.zeros([...shape.slice(0, -1), 1])],
                [`columnVariance/${name}`, tf.zeros([...shape.slice(0, -2), 1, ...shape.slice(-1)])],
              ],
        ),
      ),
      scalars: { step: 0 },
    }),
    coefficients(scalars, { learningRate }) {
      const step = stateScalar(scalars, 'step') + 1;
      const rate = Math.min(learningRate, 1 / Math.sqrt(step));
      return { coefficients: { share: step ** beta2Decay, factor: -rate }, scalars: { step } };
    },
    update(updates, state, { parameters, coefficients }) {
      const share = coefficientOf(coefficients, 'share');
      const factor = coefficientOf(coefficients, 'factor');
      const moments: Record<string, tf.Tensor> = {};
      const next = mapTree(updates, (update, name) => {
        const slots = update.rank < 2 ? ['variance'] : ['rowVariance', 'columnVariance'];
        const previous = slots.map((slot) => stateTensor(state, `${slot}/${name}`));
        const [result, ...current] = tf.tidy((): [tf.Tensor, ...tf.Tensor[]] => {
          const square = tf.square(update);
          const means = update.rank < 2 ? [square] : [tf.mean(square, -1, true), tf.mean(square, -2, true)];
          const mixed = means.map((mean, i) => mix(previous[i] as tf.Tensor, mean, share));
          const direction = tf.mul(update, tf.rsqrt(tf.maximum(estimate(mixed, epsilon1), epsilon1 ** 2)));
          const size = tf.maximum(epsilon2, rootMeanSquare(tensorOf(parameters, name)));
          const excess = tf.maximum(1, tf.div(rootMeanSquare(direction), clippingThreshold));
          return [tf.mul(direction, tf.div(tf.mul(size, factor), excess)), ...mixed];
        });
        tf.dispose([update, previous]);
        slots.forEach((slot, i) => {
          moments[`${slot}/${name}`] = current[i] as tf.Tensor;
        });
        return result;
      });
      return { updates: next, tensors: moments };
    },
  };
}

function mix(previous: tf.Tensor, value: tf.Tensor, share: Coefficient): tf.Tensor {
  return tf.add(previous, tf.mul(tf.sub(value, previous), share));
}

/** The second moment of every element, from its rows and columns where it is kept so. */
function estimate(moments: readonly tf.Tensor[], epsilon1: number): tf.Tensor {
  const [rows, columns] = moments as [tf.Tensor, tf.Tensor?];
  if (columns === undefined) return rows;
  return tf.div(tf.mul(rows, columns), tf.maximum(tf.mean(rows, -2, true), epsilon1));
}

function rootMeanSquare(tensor: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.mean(tf.square(tensor)));
}
