import { tf } from '@rlloom/tensor';
import { checkSameShape } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
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
  /**
   * Multiplies the estimate before `outputClamp`, and is differentiated with it: the ratio of `unbiasedKlEstimate`, or
   * a constant weight. Where `inputClamp` holds it counts as a constant (NeMo-RL). Same shape as the log-probs.
   */
  readonly importanceRatio?: tf.Tensor;
  /** Where given, the estimate is 0 where it is 0, whatever stands there. Same shape as the log-probs. */
  readonly mask?: tf.Tensor;
}

/**
 * Estimates KL(π ‖ π_ref) per token. With `d = log π_ref − log π`:
 * k1 `= −d`, abs `= |d|`, k2 `= d²/2`, k3 `= e^d − d − 1` (never negative).
 *
 * Clamps differ between libraries and change numbers, so they are options; the defaults are verl's, `klClampPresets`
 * has the others'. The gradient is zero where a clamp holds.
 *
 * Schulman, "Approximating KL divergence" (joschu.net/blog/kl-approx.html).
 *
 * @param logProbs of the sampled tokens under the policy; carries the gradient
 * @param referenceLogProbs of the same tokens under the reference; same shape
 * @returns one estimate per token, in nats
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown estimator, or an `importanceRatio` together with the gradient of k2
 * @example
 * ```ts
 * await klEstimate(tf.tensor1d([-1]), tf.tensor1d([-2]), { estimator: 'k1' }).data(); // => Float32Array [1]
 * await klEstimate(tf.tensor1d([-1]), tf.tensor1d([-2])).data(); // => Float32Array [0.3679]
 * ```
 */
export function klEstimate<Given extends tf.Tensor>(
  logProbs: Given,
  referenceLogProbs: Given,
  options: KlEstimateOptions = {},
): Given {
  const { estimator = 'k3', gradient = 'own', importanceRatio, mask } = options;
  const optional = { ...(importanceRatio && { importanceRatio }), ...(mask && { mask }) };
  checkSameShape('klEstimate', { logProbs, referenceLogProbs, ...optional });
  if (gradient === 'k2' && importanceRatio !== undefined) {
    throw new RangeError("klEstimate: an importanceRatio has its own gradient; leave gradient 'own'");
  }
  const { inputClamp = estimator === 'k3' ? 20 : null, outputClamp = estimator === 'k3' ? 10 : null } = options;
  return tf.tidy(() => {
    const everywhere = tf.sub(referenceLogProbs, logProbs);
    const difference = mask === undefined ? everywhere : selectUnmasked(everywhere, mask);
    const held = clamp(difference, inputClamp);
    const plain = unclamped(estimator, held);
    const weight = importanceRatio && heldRatio(importanceRatio, tf.equal(difference, held), mask);
    const estimate = clamp(weight === undefined ? plain : tf.mul(plain, weight), outputClamp);
    if (gradient === 'own') return estimate as Given;
    const carrier = unclamped('k2', difference);
    return tf.add<Given>(tf.sub(carrier, stopGradient(carrier)), stopGradient(estimate));
  });
}

// The ratio without its gradient where the input clamp holds, and 0 at masked places.
function heldRatio(ratio: tf.Tensor, isFree: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
  const kept = mask === undefined ? ratio : selectUnmasked(ratio, mask);
  return tf.add(selectUnmasked(kept, isFree), selectUnmasked(stopGradient(kept), tf.logicalNot(isFree)));
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
