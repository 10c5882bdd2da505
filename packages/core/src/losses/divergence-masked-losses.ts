import { tf } from '@rlloom/tensor';
import { offTape } from '../tensors/off-tape.ts';
import { type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
import { type PolicyLoss, policyLoss, type TokenInputs } from './policy-loss.ts';

/** Options of `totalVariationLoss` and `binaryKlLoss`. */
export interface DivergenceMaskedOptions extends ImportanceRatioOptions {
  /** How far a token's probability may have fallen (TV) or diverged (KL) before a negative advantage is dropped. Default 0.2. */
  readonly divergenceLow?: number;
  /** How far it may have risen or diverged before a positive advantage is dropped. Default 0.2. */
  readonly divergenceHigh?: number;
  /** Highest importance weight. Default 20, as the paper suggests; verl's configuration sets 3. */
  readonly ratioCap?: number;
}

/** Where a trust region ended a token's training (`outside`), or its weight was capped (`cap`). */
export type DivergenceRule = 'outside' | 'cap';

/**
 * DPPO with total variation: a trust region on the sampled token's probability instead of its ratio:
 * `L = −A·sg[min(ρ, ratioCap)]·log π`, 0 for `A > 0` where `π − π_old > divergenceHigh` and for `A ≤ 0` where
 * `π − π_old < −divergenceLow`. Rare tokens, whose ratios are large while their probabilities hardly move, keep training.
 *
 * DPPO, arXiv:2602.04879; as verl's `dppo_tv`.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.log(tf.tensor2d([[0.9, 0.002]])),
 *   oldLogProbs: tf.log(tf.tensor2d([[0.5, 0.001]])),
 *   advantages: tf.tensor1d([1]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 * };
 * const { tokenLoss } = totalVariationLoss.perToken(inputs, {});
 * (tokenLoss.arraySync() as number[][])[0]?.map((loss) => loss.toFixed(2)); // => ['0.00', '12.43']
 * ```
 */
export const totalVariationLoss: PolicyLoss<DivergenceMaskedOptions, DivergenceRule> = policyLoss(
  'totalVariationLoss',
  (given, options) => {
    const { divergenceLow = 0.2, divergenceHigh = 0.2 } = options;
    const inside = offTape(() => {
      const risen = tf.sub(tf.exp(given.logProbs), tf.exp(given.oldLogProbs));
      return eitherSign(given, {
        positive: tf.lessEqual(risen, divergenceHigh),
        negative: tf.greaterEqual(risen, -divergenceLow),
      });
    });
    return insideTrustRegion(given, inside, options);
  },
);

/**
 * DPPO with the KL divergence of the two-way split "this token or another":
 * `KL = π_old·log(π_old/π) + (1 − π_old)·log((1 − π_old)/(1 − π))`. A token trains as in `totalVariationLoss` while its
 * divergence is within the bound, or while the update moves it back towards the old policy.
 *
 * DPPO, arXiv:2602.04879; as verl's `dppo_kl`, which adds 1e-8 to both complements.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.log(tf.tensor2d([[0.9, 0.9]])),
 *   oldLogProbs: tf.log(tf.tensor2d([[0.5, 0.5]])),
 *   advantages: tf.tensor2d([[1, -1]]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 * };
 * const { rules } = binaryKlLoss.perToken(inputs, {});
 * rules.outside.arraySync(); // => [[1, 0]]
 * ```
 */
export const binaryKlLoss: PolicyLoss<DivergenceMaskedOptions, DivergenceRule> = policyLoss(
  'binaryKlLoss',
  (given, options) => {
    const { divergenceLow = 0.2, divergenceHigh = 0.2 } = options;
    const inside = offTape(() => {
      const probability = tf.exp(given.logProbs);
      const old = tf.exp(given.oldLogProbs);
      const complement = (of: tf.Tensor) => tf.add(tf.sub(1, of), 1e-8);
      const divergence = tf.add(
        tf.mul(old, tf.sub(given.oldLogProbs, given.logProbs)),
        tf.mul(tf.sub(1, old), tf.log(tf.div(complement(old), complement(probability)))),
      );
      return eitherSign(given, {
        positive: tf.logicalOr(tf.lessEqual(divergence, divergenceHigh), tf.lessEqual(probability, old)),
        negative: tf.logicalOr(tf.lessEqual(divergence, divergenceLow), tf.greaterEqual(probability, old)),
      });
    });
    return insideTrustRegion(given, inside, options);
  },
);

/** Options of `penalizedRatioLoss`. */
export interface PenalizedRatioOptions extends ImportanceRatioOptions {
  /** Bounds of the probability's move, as in `totalVariationLoss`. Default 0.2. */
  readonly divergenceLow?: number;
  /** Default 0.2. */
  readonly divergenceHigh?: number;
  /** Drop a token outside either bound whatever the sign of its advantage (prime-rl's `ipo` type). Default `false`. */
  readonly symmetric?: boolean;
  /** Weight of the squared log ratio, on dropped tokens too. Default 1e-3. */
  readonly klTemperature?: number;
}

/**
 * The importance-weighted policy gradient inside a total-variation trust region, with a quadratic penalty on the log
 * ratio everywhere: `L = −A·ρ·inside + klTemperature·(log ρ)²`. In prime-rl ρ compares the trainer with the engine that
 * sampled: give the rollout's log-probs as `oldLogProbs`.
 *
 * DPPO, arXiv:2602.04879, and Kimi K2.5, arXiv:2602.02276; prime-rl's `default` loss, or its `ipo` when symmetric.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = { logProbs: tf.tensor2d([[-1]]), advantages: tf.tensor1d([3]), mask: tf.ones<tf.Rank.R2>([1, 1]) };
 * penalizedRatioLoss(inputs, { aggregation: { mode: 'token-sum' } }).loss.arraySync(); // => -3
 * ```
 */
export const penalizedRatioLoss: PolicyLoss<PenalizedRatioOptions, 'outside'> = policyLoss(
  'penalizedRatioLoss',
  (given, options) => {
    const { divergenceLow = 0.2, divergenceHigh = 0.2, symmetric = false, klTemperature = 1e-3 } = options;
    const { logRatio, ratio } = importanceRatio(given, options);
    const inside = offTape(() => {
      const risen = tf.sub(tf.exp(given.logProbs), tf.exp(given.oldLogProbs));
      const notAbove = tf.lessEqual(risen, divergenceHigh);
      const notBelow = tf.greaterEqual(risen, -divergenceLow);
      return symmetric
        ? tf.logicalAnd(notAbove, notBelow)
        : eitherSign(given, { positive: notAbove, negative: notBelow });
    });
    const gain = tf.mul(tf.mul(ratio, given.advantages), tf.cast(inside, 'float32'));
    return {
      tokenLoss: tf.sub(tf.mul(tf.square(logRatio), klTemperature), gain),
      logRatio,
      rules: { outside: tf.logicalNot(inside) },
    };
  },
);

function eitherSign(
  { advantages }: TokenInputs,
  { positive, negative }: { readonly positive: tf.Tensor; readonly negative: tf.Tensor },
): tf.Tensor {
  return tf.where(tf.greater(advantages, 0), positive, negative);
}

function insideTrustRegion(given: TokenInputs, inside: tf.Tensor, options: DivergenceMaskedOptions) {
  const { ratioCap = 20 } = options;
  const { logRatio, ratio } = importanceRatio(given, options);
  const weight = offTape(() => tf.mul(tf.minimum(ratio, ratioCap), tf.cast(inside, 'float32')));
  return {
    tokenLoss: tf.neg(tf.mul(tf.mul(weight, given.advantages), given.logProbs)),
    logRatio,
    rules: { outside: tf.logicalNot(inside), cap: tf.logicalAnd(inside, tf.greater(ratio, ratioCap)) },
  };
}
