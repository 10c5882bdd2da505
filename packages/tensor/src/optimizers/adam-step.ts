import { tf } from '../tf.ts';

/** The numbers of one step of Adam. */
export interface AdamCoefficients {
  /** β₁ and 1-β₁. */
  readonly keep1: number;
  readonly take1: number;
  /** β₂ and 1-β₂. */
  readonly keep2: number;
  readonly take2: number;
  /** √(1-β₂ᵗ) / (1-β₁ᵗ). */
  readonly scale: number;
  /** ε √(1-β₂ᵗ). */
  readonly floor: number;
}

/** The direction of a step, and the moments after it. */
export type AdamStep = readonly [direction: tf.Tensor, firstMoment: tf.Tensor, secondMoment: tf.Tensor];

/** The coefficients of step `step`, counted from 1. √v̂ + ε and m̂ share their corrections, which move to m and ε. */
export function adamCoefficients(
  step: number,
  { beta1, beta2, epsilon }: { readonly beta1: number; readonly beta2: number; readonly epsilon: number },
): AdamCoefficients {
  const root = Math.sqrt(1 - beta2 ** step);
  return {
    keep1: beta1,
    take1: 1 - beta1,
    keep2: beta2,
    take2: 1 - beta2,
    scale: root / (1 - beta1 ** step),
    floor: epsilon * root,
  };
}

/** One step of Adam for one parameter: a single kernel where the backend has one. The inputs stay. */
export function adamStep(
  update: tf.Tensor,
  [firstMoment, secondMoment]: readonly [tf.Tensor, tf.Tensor],
  coefficients: AdamCoefficients,
): AdamStep {
  if ((tf.getKernel('AdamStep', tf.getBackend()) as tf.KernelConfig | undefined) !== undefined) {
    return tf
      .engine()
      .runKernel('AdamStep', { update, firstMoment, secondMoment }, { ...coefficients }) as unknown as AdamStep;
  }
  return tf.tidy(() => {
    const { keep1, take1, keep2, take2, scale, floor } = coefficients;
    const m = tf.add(tf.mul(firstMoment, keep1), tf.mul(update, take1));
    const v = tf.add(tf.mul(secondMoment, keep2), tf.mul(tf.square(update), take2));
    return [tf.div(tf.mul(m, scale), tf.add(tf.sqrt(v), floor)), m, v];
  }) as unknown as AdamStep;
}
