import { tf } from '@rlloom/tensor';
import { clippedPolicyLoss, type ClipRule } from './clipped-policy-loss.ts';
import { type PolicyLoss, policyLoss, type TokenInputs } from './policy-loss.ts';

/** Options of `gspoLoss`, `gspoTokenLoss` and `luspoLoss`. */
export interface GspoOptions {
  /** ε below 1. Sequence ratios move far less than token ratios. Default 3e-4. */
  readonly clipRatioLow?: number;
  /** ε above 1. Default 4e-4. */
  readonly clipRatioHigh?: number;
  /** Bound on the log ratio, `[lowest, highest]`; `null` for none. Default `[-Infinity, 10]` (verl). */
  readonly logRatioClamp?: number | readonly [lowest: number, highest: number] | null;
}

const unbounded = [Number.NEGATIVE_INFINITY, 10] as const;

/**
 * GSPO: the clipped policy loss with one ratio per sequence, the geometric mean of its token ratios:
 * `L_i = max(−Ā·s, −Ā·clip(s, 1 − clipRatioLow, 1 + clipRatioHigh))`, `s_i = exp(Σ_t (log π − log π_old)·m / n_i)`, with
 * `Ā_i` the mean advantage of the sequence. Every token of the sequence carries it; aggregate by
 * `sequence-mean-token-mean`.
 *
 * Who differs: verl keeps advantages per token (`gspoTokenLoss`) and bounds the log ratio at +10; TRL does not bound it;
 * OpenRLHF and AReaL average the advantages as here.
 *
 * GSPO, arXiv:2507.18071.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.log(tf.tensor2d([[0.5, 0.5]])),
 *   oldLogProbs: tf.log(tf.tensor2d([[0.25, 0.5]])),
 *   advantages: tf.tensor1d([-1]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 * };
 * const { loss } = gspoLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } });
 * loss.arraySync().toFixed(4); // => '1.4142'
 * ```
 */
export const gspoLoss: PolicyLoss<GspoOptions, ClipRule> = policyLoss('gspoLoss', (given, options) =>
  clippedPolicyLoss.perToken(
    { ...given, advantages: sequenceMeans(given) },
    { clipRatioLow: 3e-4, clipRatioHigh: 4e-4, logRatioClamp: unbounded, ...options, ratioLevel: 'sequence' },
  ),
);

/**
 * GSPO-token: the value of the sequence's ratio with the gradient of each token's own log-prob, so that tokens of one
 * sequence may have different advantages: `s_it = sg[s_i]·π_it/sg[π_it]`. With one advantage per sequence and
 * `sequence-mean-token-mean` its gradient is that of `gspoLoss`.
 *
 * GSPO, arXiv:2507.18071, section 4.3; verl's `gspo` and TRL's `gspo_token` are this form.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.log(tf.tensor2d([[0.5, 0.5]])),
 *   oldLogProbs: tf.log(tf.tensor2d([[0.25, 0.5]])),
 *   advantages: tf.tensor2d([[-1, -3]]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 * };
 * const { loss } = gspoTokenLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } });
 * loss.arraySync().toFixed(4); // => '2.8284'
 * ```
 */
export const gspoTokenLoss: PolicyLoss<GspoOptions, ClipRule> = policyLoss('gspoTokenLoss', (given, options) =>
  clippedPolicyLoss.perToken(given, {
    clipRatioLow: 3e-4,
    clipRatioHigh: 4e-4,
    logRatioClamp: unbounded,
    ...options,
    ratioLevel: 'sequence-token',
  }),
);

/**
 * LUSPO: `gspoLoss` times the length of the sequence, so that `sequence-mean-token-mean` no longer weighs tokens of long
 * responses less: `L_i·n_i`.
 *
 * LUSPO, arXiv:2602.05261; as TRL's `luspo` at sequence level.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = { logProbs: tf.tensor2d([[-1, -1]]), advantages: tf.tensor1d([3]), mask: tf.ones<tf.Rank.R2>([1, 2]) };
 * luspoLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } }).loss.arraySync(); // => -6
 * ```
 */
export const luspoLoss: PolicyLoss<GspoOptions, ClipRule> = policyLoss('luspoLoss', (given, options) => {
  const { tokenLoss, logRatio, rules } = gspoLoss.perToken(given, options);
  return { tokenLoss: tf.mul(tokenLoss, tf.sum(given.mask, 1, true)), logRatio, rules };
});

function sequenceMeans({ advantages, mask }: TokenInputs): tf.Tensor2D {
  const lengths = tf.maximum(tf.sum(mask, 1, true), 1);
  return tf.add(tf.div(tf.sum(advantages, 1, true), lengths), tf.zerosLike(mask));
}
