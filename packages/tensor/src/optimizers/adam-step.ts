import { tf } from '../tf.ts';
import type { Coefficient } from './gradient-transform.ts';

/** The numbers of one step of Adam: of these, `scale` and `floor` change from step to step. */
export interface AdamCoefficients {
  /** β₁ and 1-β₁. */
  readonly keep1: number;
  readonly take1: number;
  /** β₂ and 1-β₂. */
  readonly keep2: number;
  readonly take2: number;
  /** √(1-β₂ᵗ) / (1-β₁ᵗ). */
  readonly scale: Coefficient;
  /** ε √(1-β₂ᵗ). */
  readonly floor: Coefficient;
}

/** The direction of a step, and the moments after it. */
export type AdamStep = readonly [direction: tf.Tensor, firstMoment: tf.Tensor, secondMoment: tf.Tensor];

/** What step `step`, counted from 1, changes. √v̂ + ε and m̂ share their corrections, which move to m and ε. */
export function adamCoefficients(
  step: number,
  { beta1, beta2, epsilon }: { readonly beta1: number; readonly beta2: number; readonly epsilon: number },
): { readonly scale: number; readonly floor: number } {
  const root = Math.sqrt(1 - beta2 ** step);
  return { scale: root / (1 - beta1 ** step), floor: epsilon * root };
}

/** One step of Adam for one parameter: a single kernel where the backend has one. The inputs stay. */
export function adamStep(
  update: tf.Tensor,
  [firstMoment, secondMoment]: readonly [tf.Tensor, tf.Tensor],
  coefficients: AdamCoefficients,
): AdamStep {
  const { keep1, take1, keep2, take2, scale, floor } = coefficients;
  if ((tf.getKernel('AdamStep', tf.getBackend()) as tf.KernelConfig | undefined) !== undefined) {
    const given = Object.entries({ scale, floor });
    const [numbers, scalars] = [true, false].map((isNumber) =>
      Object.fromEntries(given.filter(([, value]) => (typeof value === 'number') === isNumber)),
    );
    const inputs = { update, firstMoment, secondMoment, ...scalars } as tf.NamedTensorMap;
    const attributes = { keep1, take1, keep2, take2, ...numbers } as tf.NamedAttrMap;
    return tf.engine().runKernel('AdamStep', inputs, attributes) as unknown as AdamStep;
  }
  return tf.tidy(() => {
    const m = tf.add(tf.mul(firstMoment, keep1), tf.mul(update, take1));
    const v = tf.add(tf.mul(secondMoment, keep2), tf.mul(tf.square(update), take2));
    return [tf.div(tf.mul(m, scale), tf.add(tf.sqrt(v), floor)), m, v];
  }) as unknown as AdamStep;
}
