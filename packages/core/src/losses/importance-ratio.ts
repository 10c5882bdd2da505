import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';
import { clipInside } from '../tensors/ties.ts';

/** Inputs of `importanceRatio`, each `[B,T]`. */
export interface ImportanceRatioInputs {
  /** Log-probs under the policy being trained; carries the gradient. */
  readonly logProbs: tf.Tensor2D;
  /** Log-probs under the policy before this update. Without it the batch is on-policy: ratio 1, gradient of `logProbs`. */
  readonly oldLogProbs?: tf.Tensor2D;
  /** 1 on trained tokens. */
  readonly mask: tf.Tensor2D;
}

/** Which tokens share an importance ratio; see `importanceRatio`. */
export type RatioLevel = 'token' | 'sequence' | 'sequence-token' | 'sequence-sum';

/** Options of `importanceRatio`. */
export interface ImportanceRatioOptions {
  /** Default `token`. */
  readonly ratioLevel?: RatioLevel;
  /**
   * Bound on the log ratio before `exp`: on its size, or `[lowest, highest]`; `null` for none (TRL). Default 20
   * (verl; its GSPO has `[-Infinity, 10]`).
   */
  readonly logRatioClamp?: number | readonly [lowest: number, highest: number] | null;
}

/**
 * How much likelier tokens have become:
 *
 * | level | ratio of token t in sequence i |
 * | --- | --- |
 * | `token` | `ρ_it = exp(log π − log π_old)` |
 * | `sequence` | `s_i = exp(Σ_t (log π − log π_old)·m / n_i)`, the geometric mean (GSPO) |
 * | `sequence-token` | the value of `s_i` with the gradient of the token's own `log π` (GSPO-token) |
 * | `sequence-sum` | `exp(Σ_t (log π − log π_old)·m)`, the ratio of the whole sequences (RLOO in TRL) |
 *
 * At masked places the log ratio is 0 and the ratio (token level) 1, whatever stands there.
 *
 * Sequence level: GSPO, arXiv:2507.18071.
 *
 * @returns `logRatio` and `ratio`, `[B,T]` each, both after the clamp
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown level
 */
export function importanceRatio(
  inputs: ImportanceRatioInputs,
  options: ImportanceRatioOptions = {},
): { readonly logRatio: tf.Tensor2D; readonly ratio: tf.Tensor2D } {
  const { logProbs, oldLogProbs, mask } = inputs;
  checkTokenTensors('importanceRatio', { logProbs, mask, ...(oldLogProbs && { oldLogProbs }) });
  const { ratioLevel = 'token', logRatioClamp = 20 } = options;
  return tf.tidy(() => {
    const kept = selectUnmasked(logProbs, mask);
    const old = oldLogProbs === undefined ? stopGradient(kept) : selectUnmasked(oldLogProbs, mask);
    const logRatio = clamp(atLevel(tf.sub(kept, old), kept, { ratioLevel, mask }), logRatioClamp);
    return { logRatio: logRatio as tf.Tensor2D, ratio: tf.exp(logRatio) as tf.Tensor2D };
  });
}

function atLevel(
  perToken: tf.Tensor,
  logProbs: tf.Tensor,
  { ratioLevel, mask }: { readonly ratioLevel: RatioLevel; readonly mask: tf.Tensor2D },
): tf.Tensor {
  switch (ratioLevel) {
    case 'token':
      return perToken;
    case 'sequence':
      return overSequence(perToken, mask);
    case 'sequence-token':
      return tf.add(tf.sub(logProbs, stopGradient(logProbs)), stopGradient(overSequence(perToken, mask)));
    case 'sequence-sum':
      return tf.add(tf.sum(perToken, 1, true), tf.zerosLike(mask));
    default:
      throw new RangeError(
        `importanceRatio: ratioLevel is one of token, sequence, sequence-token, sequence-sum, given ${String(ratioLevel)}`,
      );
  }
}

function overSequence(perToken: tf.Tensor, mask: tf.Tensor2D): tf.Tensor {
  const lengths = tf.maximum(tf.sum(mask, 1, true), 1);
  return tf.add(tf.div(tf.sum(perToken, 1, true), lengths), tf.zerosLike(mask));
}

function clamp(logRatio: tf.Tensor, bound: ImportanceRatioOptions['logRatioClamp']): tf.Tensor {
  if (bound === null || bound === undefined) return logRatio;
  const [lowest, highest] = typeof bound === 'number' ? [-bound, bound] : bound;
  return clipInside(logRatio, lowest, highest);
}
