import { tf } from '@rlloom/tensor';
import { logSigmoid } from './log-sigmoid.ts';

/** Which divergence from the reference a DPO loss stands for; see `divergenceScores`. */
export type DivergenceName = 'reverse_kl' | 'forward_kl' | 'js_divergence' | 'alpha_divergence';

/** Options of the losses that score by an f-divergence. */
export interface DivergenceOptions {
  /** Default `reverse_kl`, which is DPO itself. */
  readonly divergence?: DivergenceName;
  /** α of `alpha_divergence`; 1 is `reverse_kl`. Default 0.5. */
  readonly divergenceAlpha?: number;
  /** Exponents above this count as this, and get no gradient. Default 80, the largest that float32 bears twice. */
  readonly exponentCap?: number;
}

/**
 * The score `f'(π/π_ref)` of each completion, from its log ratio Δ:
 *
 * | divergence | score |
 * | --- | --- |
 * | `reverse_kl` | `Δ` |
 * | `forward_kl` | `1 − e^{−Δ}` |
 * | `js_divergence` | `log 2 + log σ(Δ)` |
 * | `alpha_divergence` | `(e^{(α−1)Δ} − 1) / (α − 1)` |
 *
 * Exponents are capped (`exponentCap`), so that scores are finite. Who differs: TRL caps only `alpha_divergence`, at 80
 * (11 in float16), and lets `forward_kl` overflow.
 *
 * f-DPO, arXiv:2309.16240.
 *
 * @param logRatios `log π − log π_ref`, any shape
 * @throws RangeError for an unknown divergence
 * @example
 * ```ts
 * divergenceScores(tf.tensor1d([0, Math.log(2)]), { divergence: 'forward_kl' }).arraySync(); // => [0, 0.5]
 * ```
 */
export function divergenceScores<Given extends tf.Tensor>(logRatios: Given, options: DivergenceOptions = {}): Given {
  const { divergence = 'reverse_kl', divergenceAlpha = 0.5, exponentCap = 80 } = options;
  const slope = divergenceAlpha - 1;
  return tf.tidy((): Given => {
    switch (divergence) {
      case 'reverse_kl':
        return logRatios.clone();
      case 'forward_kl':
        return tf.neg(tf.expm1(tf.minimum(tf.neg(logRatios), exponentCap)));
      case 'js_divergence':
        return tf.add(logSigmoid(logRatios), Math.LN2);
      case 'alpha_divergence':
        if (Math.abs(slope) < 1e-6) return logRatios.clone();
        return tf.div(tf.expm1(tf.minimum(tf.mul(logRatios, slope), exponentCap)), slope);
      default:
        throw new RangeError(`divergenceScores: unknown divergence ${String(divergence)}`);
    }
  });
}
