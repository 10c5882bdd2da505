import { tf } from '@rlloom/tensor';
import { checkSameShape } from '../tensors/check-shape.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';

/** Estimators of KL(π ‖ π_ref) from samples of π; see `klEstimate`. */
export type KlEstimator = 'k1' | 'abs' | 'k2' | 'k3';

/** Options of `klEstimate`. */
export interface KlEstimateOptions {
  /** Default `k3`. */
  readonly estimator?: KlEstimator;
  /** Bound on `|d|` before anything else; `null` for none. Default 20 for k3, none for the others (verl). */
  readonly inputClamp?: number | null;
  /** Bound on the size of the estimate; `null` for none. Default 10 for k3, none for the others (verl). */
  readonly outputClamp?: number | null;
  /**
   * `own`: the estimate is differentiated as it stands. `k2`: its value with the gradient of k2, which in
   * expectation is the gradient of the KL (verl's `+` suffix). Default `own`.
   */
  readonly gradient?: 'own' | 'k2';
}

/**
 * Estimates KL(π ‖ π_ref) per token. With `d = log π_ref − log π`:
 * k1 `= −d`, abs `= |d|`, k2 `= d²/2`, k3 `= e^d − d − 1` (never negative).
 *
 * Clamps differ between libraries and change numbers, so they are options; the defaults are verl's, TRL's are
 * `{ inputClamp: null, outputClamp: null }`. The gradient is zero where a clamp holds.
 *
 * Schulman, "Approximating KL divergence" (joschu.net/blog/kl-approx.html).
 *
 * @param logProbs of the sampled tokens under the policy; carries the gradient
 * @param referenceLogProbs of the same tokens under the reference; same shape
 * @returns one estimate per token, in nats
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown estimator
 */
export function klEstimate<Given extends tf.Tensor>(
  logProbs: Given,
  referenceLogProbs: Given,
  options: KlEstimateOptions = {},
): Given {
  checkSameShape('klEstimate', { logProbs, referenceLogProbs });
  const { estimator = 'k3', gradient = 'own' } = options;
  const { inputClamp = estimator === 'k3' ? 20 : null, outputClamp = estimator === 'k3' ? 10 : null } = options;
  return tf.tidy(() => {
    const difference = tf.sub(referenceLogProbs, logProbs);
    const estimate = clamp(unclamped(estimator, clamp(difference, inputClamp)), outputClamp);
    if (gradient === 'own') return estimate as Given;
    const carrier = unclamped('k2', difference);
    return tf.add<Given>(tf.sub(carrier, stopGradient(carrier)), stopGradient(estimate));
  });
}

function unclamped(estimator: KlEstimator, difference: tf.Tensor): tf.Tensor {
  switch (estimator) {
    case 'k1':
      return tf.neg(difference);
    case 'abs':
      // Not tf.abs: its gradient at 0 is -1, and on-policy every difference is 0.
      return tf.mul(difference, tf.sign(difference));
    case 'k2':
      return tf.mul(tf.square(difference), 0.5);
    case 'k3':
      return tf.sub(tf.sub(tf.exp(difference), difference), 1);
    default:
      throw new RangeError(`klEstimate: the estimator is one of k1, abs, k2, k3, given ${String(estimator)}`);
  }
}

function clamp(values: tf.Tensor, limit: number | null): tf.Tensor {
  return limit === null ? values : tf.clipByValue(values, -limit, limit);
}
