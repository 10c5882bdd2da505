import { tf } from '@rlloom/tensor';

/** Exponents above this count as this: squares of what results are finite. */
const exponentCap = 40;

/**
 * AlphaPO's reward of a probability, `(1 − p^{−α}) / α`; the log-prob itself for α = 0. Exponents are capped at 40,
 * beyond which there is no gradient; TRL lets them overflow.
 *
 * AlphaPO, arXiv:2501.03884.
 *
 * @param logProbs `log p`, any shape
 * @throws RangeError for an α that is not finite
 */
export function alphaRewards<Given extends tf.Tensor>(logProbs: Given, alpha: number): Given {
  if (!Number.isFinite(alpha)) throw new RangeError(`alphaRewards: alpha must be finite, given ${alpha}`);
  if (alpha === 0) return logProbs.clone();
  return tf.tidy(() => tf.div(tf.expm1(tf.minimum(tf.mul(logProbs, -alpha), exponentCap)), -alpha));
}
