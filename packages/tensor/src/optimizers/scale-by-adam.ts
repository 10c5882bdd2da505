import { tf } from '../tf.ts';
import { mapTree } from '../trees/map-tree.ts';
import { type GradientTransform, stateScalar, stateTensor } from './gradient-transform.ts';

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
    update(updates, state) {
      const step = stateScalar(state, 'step') + 1;
      // √v̂ + ε and m̂ share their corrections, so both scalars move to m and ε: two operations less per parameter.
      const root = Math.sqrt(1 - beta2 ** step);
      const scalars = [beta1, 1 - beta1, beta2, 1 - beta2, root / (1 - beta1 ** step), epsilon * root].map((x) =>
        tf.scalar(x),
      );
      const [keep1, take1, keep2, take2, scale, floor] = scalars as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const tensors: Record<string, tf.Tensor> = {};
      const next = mapTree(updates, (update, name) => {
        const previous = slots.map((slot) => stateTensor(state, `${slot}/${name}`)) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const [direction, ...moments] = tf.tidy(() => {
          const m = tf.add(tf.mul(previous[0], keep1), tf.mul(update, take1));
          const v = tf.add(tf.mul(previous[1], keep2), tf.mul(tf.square(update), take2));
          const largest = amsgrad ? tf.maximum(previous[2], v) : v;
          return [tf.div(tf.mul(m, scale), tf.add(tf.sqrt(largest), floor)), m, v, ...(amsgrad ? [largest] : [])];
        }) as [tf.Tensor, ...tf.Tensor[]];
        tf.dispose([update, previous]);
        slots.forEach((slot, i) => (tensors[`${slot}/${name}`] = moments[i] as tf.Tensor));
        return direction;
      });
      tf.dispose(scalars);
      return { updates: next, state: { tensors, scalars: { step } } };
    },
  };
}
