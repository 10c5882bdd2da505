import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';

/** Inputs of `importanceRatio`, each `[B,T]`. */
export interface ImportanceRatioInputs {
  /** Log-probs under the policy being trained; carries the gradient. */
  readonly logProbs: tf.Tensor2D;
  /** Log-probs under the policy before this update. Without it the batch is on-policy: ratio 1, gradient of `logProbs`. */
  readonly oldLogProbs?: tf.Tensor2D;
  /** 1 on trained tokens. */
  readonly mask: tf.Tensor2D;
}

/** Options of `importanceRatio`. */
export interface ImportanceRatioOptions {
  /**
   * `token`: a ratio per token. `sequence`: the geometric mean over the sequence, the same for its tokens (GSPO).
   * Default `token`.
   */
  readonly ratioLevel?: 'token' | 'sequence';
  /** Bound on the size of the log ratio before `exp`; `null` for none (TRL). Default 20 (verl). */
  readonly logRatioClamp?: number | null;
}

/**
 * How much likelier tokens have become: `ρ_it = exp(log π − log π_old)`, or per sequence
 * `s_i = exp(Σ_t (log π − log π_old)·m / n_i)`.
 *
 * At masked places the log ratio is 0 and the ratio (token level) 1, whatever stands there.
 *
 * Sequence level: GSPO, arXiv:2507.18071.
 *
 * @returns `logRatio` and `ratio`, `[B,T]` each, both after the clamp
 * @throws ShapeError when shapes differ
 */
export function importanceRatio(
  inputs: ImportanceRatioInputs,
  options: ImportanceRatioOptions = {},
): { readonly logRatio: tf.Tensor2D; readonly ratio: tf.Tensor2D } {
  const { logProbs, oldLogProbs, mask } = inputs;
  checkTokenTensors('importanceRatio', { logProbs, mask, ...(oldLogProbs && { oldLogProbs }) });
  const { ratioLevel = 'token', logRatioClamp = 20 } = options;
  return tf.tidy(() => {
    const perToken = selectUnmasked(tf.sub(logProbs, oldLogProbs ?? stopGradient(logProbs)), mask);
    const unclamped = ratioLevel === 'sequence' ? sequenceMean(perToken, mask) : perToken;
    const logRatio = logRatioClamp === null ? unclamped : tf.clipByValue(unclamped, -logRatioClamp, logRatioClamp);
    return { logRatio: logRatio as tf.Tensor2D, ratio: tf.exp(logRatio) as tf.Tensor2D };
  });
}

function sequenceMean(values: tf.Tensor, mask: tf.Tensor2D): tf.Tensor {
  const lengths = tf.maximum(tf.sum(mask, 1, true), 1);
  return tf.add(tf.div(tf.sum(values, 1, true), lengths), tf.zerosLike(mask));
}
