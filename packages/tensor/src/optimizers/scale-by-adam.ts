import { tf } from '../tf.ts';
import { mapTree } from '../trees/map-tree.ts';
import { type AdamCoefficients, adamCoefficients, adamStep } from './adam-step.ts';
import type { GradientTransform } from './gradient-transform.ts';
import { coefficientOf, stateScalar, stateTensor } from './transform-state.ts';

/** Options of {@link scaleByAdam}. */
export interface AdamOptions {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
  /** Divide by the largest second moment so far (AMSGrad, arXiv:1904.09237). Default false. */
  readonly amsgrad?: boolean;
}

/**
 * Adam's direction (arXiv:1412.6980), before the learning rate:
 * `m ← β₁m + (1-β₁)u`, `v ← β₂v + (1-β₂)u²`, update `m̂ / (√v̂ + ε)` with `m̂ = m/(1-β₁ᵗ)`, `v̂ = v/(1-β₂ᵗ)`.
 */
export function scaleByAdam(options: AdamOptions = {}): GradientTransform {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, amsgrad = false } = options;
  const slots = ['firstMoment', 'secondMoment', ...(amsgrad ? ['largestSecondMoment'] : [])];
  return {
    init: (parameters) => ({
      tensors: Object.fromEntries(
        Object.entries(parameters).flatMap(([name, tensor]) =>
          slots.map((slot) => [`${slot}/${name}`, tf.zerosLike(tensor)]),
        ),
      ),
      scalars: { step: 0 },
    }),
    coefficients(scalars) {
      const step = stateScalar(scalars, 'step') + 1;
      return { coefficients: adamCoefficients(step, { beta1, beta2, epsilon }), scalars: { step } };
    },
    update(updates, state, { coefficients }) {
      const ofStep: AdamCoefficients = {
        ...{ keep1: beta1, take1: 1 - beta1, keep2: beta2, take2: 1 - beta2 },
        ...{ scale: coefficientOf(coefficients, 'scale'), floor: coefficientOf(coefficients, 'floor') },
      };
      const tensors: Record<string, tf.Tensor> = {};
      const next = mapTree(updates, (update, name) => {
        const previous = slots.map((slot) => stateTensor(state, `${slot}/${name}`)) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const [direction, ...moments] = amsgrad
          ? amsgradStep(update, previous, ofStep)
          : adamStep(update, [previous[0], previous[1]], ofStep);
        tf.dispose([update, previous]);
        slots.forEach((slot, i) => {
          tensors[`${slot}/${name}`] = moments[i] as tf.Tensor;
        });
        return direction;
      });
      return { updates: next, tensors };
    },
  };
}

function amsgradStep(
  update: tf.Tensor,
  [m, v, largest]: readonly [tf.Tensor, tf.Tensor, tf.Tensor],
  coefficients: AdamCoefficients,
): [direction: tf.Tensor, ...moments: tf.Tensor[]] {
  return tf.tidy(() => {
    const [, nextM, nextV] = adamStep(update, [m, v], coefficients);
    const nextLargest = tf.maximum(largest, nextV);
    const direction = tf.div(tf.mul(nextM, coefficients.scale), tf.add(tf.sqrt(nextLargest), coefficients.floor));
    return [direction, nextM, nextV, nextLargest];
  });
}
