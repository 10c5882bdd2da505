import { tf } from '@rlloom/tensor';
import {
  type ImportanceRatioInputs,
  type ImportanceRatioOptions,
  importanceRatio,
} from '../losses/importance-ratio.ts';
import { checkSameShape } from '../tensors/check-shape.ts';
import { type KlEstimateOptions, klEstimate } from './kl-estimate.ts';

/** Inputs of `unbiasedKlEstimate`, each `[B,T]`. */
export interface UnbiasedKlInputs extends ImportanceRatioInputs {
  /** Log-probs under the reference. */
  readonly referenceLogProbs: tf.Tensor2D;
}

/** Options of `unbiasedKlEstimate`. */
export interface UnbiasedKlOptions extends Omit<KlEstimateOptions, 'gradient' | 'importanceRatio' | 'mask'> {
  /** Bound on the size of the log ratio to the old policy. Default 20 (verl); `null` for none (TRL, slime, NeMo-RL). */
  readonly logRatioClamp?: ImportanceRatioOptions['logRatioClamp'];
}

/**
 * KL(π ‖ π_ref) per token from samples of an older policy, with the gradient that is right in expectation:
 * `ρ · k3` with `ρ = exp(log π − log π_old)`, differentiated through both.
 *
 * Without `oldLogProbs` the ratio is 1 and has the gradient of `log π`: the score function, that a KL of samples from
 * the policy itself needs (arXiv:2506.09477). TRL `use_bias_correction_kl`, slime `use_unbiased_kl`; NeMo-RL takes the
 * ratio to the engine that sampled. The estimate is 0 at masked places.
 *
 * DeepSeek-V3.2, arXiv:2512.02556.
 *
 * @returns `[B,T]`, in nats
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown estimator
 * @example
 * ```ts
 * const [logProbs, oldLogProbs] = [tf.tensor2d([[-1]]), tf.tensor2d([[-1.5]])];
 * const inputs = { logProbs, oldLogProbs, referenceLogProbs: tf.tensor2d([[-2]]), mask: tf.tensor2d([[1]]) };
 * await unbiasedKlEstimate(inputs).data(); // => Float32Array [0.6065]
 * ```
 */
export function unbiasedKlEstimate(inputs: UnbiasedKlInputs, options: UnbiasedKlOptions = {}): tf.Tensor2D {
  const { logProbs, referenceLogProbs, mask } = inputs;
  checkSameShape('unbiasedKlEstimate', { logProbs, referenceLogProbs, mask });
  const { logRatioClamp = 20, ...estimate } = options;
  return tf.tidy(() => {
    const { ratio } = importanceRatio(inputs, { logRatioClamp });
    return klEstimate(logProbs, referenceLogProbs, { ...estimate, importanceRatio: ratio, mask });
  });
}
