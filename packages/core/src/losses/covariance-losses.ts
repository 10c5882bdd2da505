import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { clippedPolicyLoss, type ClipRule } from './clipped-policy-loss.ts';
import { type ClipCovSelectionOptions, selectClipCovTokens, selectKlCovTokens } from './covariance-selection.ts';
import { type ImportanceRatioOptions, importanceRatio } from './importance-ratio.ts';
import { type PolicyLoss, type PolicyLossInputs, policyLoss } from './policy-loss.ts';

/** Inputs of `clipCovLoss` and `klCovLoss`. */
export interface CovarianceInputs extends PolicyLossInputs {
  /**
   * The tokens chosen, `[B,T]`, 1 where chosen. Default: chosen among the tokens given. Give it where these are a
   * micro-batch, chosen over the whole batch by `selectClipCovTokens` or `selectKlCovTokens`.
   */
  readonly selected?: tf.Tensor2D;
}

/** Inputs of `clipCovLoss`. */
export interface ClipCovInputs extends CovarianceInputs {
  /** Uniform random numbers `[B,T]` that choose among the candidates. Default: the first ones are taken. */
  readonly uniforms?: tf.Tensor2D;
}

/** Options of `clipCovLoss`. */
export interface ClipCovOptions extends ClipCovSelectionOptions, ImportanceRatioOptions {}

/**
 * Clip-Cov: the clipped policy loss without a few tokens of high covariance between advantage and log-prob, so that
 * entropy does not collapse: `L = max(−A·ρ, −A·clip(ρ))`, 0 for chosen tokens; see `selectClipCovTokens`.
 *
 * verl draws the chosen ones with its global generator and does not clamp the log ratio.
 *
 * arXiv:2505.22617.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a fraction that is not above 0
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-0.1, -4]]),
 *   advantages: tf.tensor2d([[2, -2]]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 * };
 * const { rules } = clipCovLoss.perToken(inputs, {});
 * rules.selected.arraySync(); // => [[1, 0]]
 * ```
 */
export const clipCovLoss: PolicyLoss<ClipCovOptions, ClipRule | 'selected', ClipCovInputs> = policyLoss(
  'clipCovLoss',
  (given, options, { selected, uniforms }: ClipCovInputs) => {
    checkSelection('clipCovLoss', { selected, uniforms }, given.mask);
    const clipped = clippedPolicyLoss.perToken(given, options);
    const chosen = selected ?? selectClipCovTokens(given, options, uniforms);
    return {
      tokenLoss: selectUnmasked(clipped.tokenLoss, tf.sub(1, chosen)),
      logRatio: clipped.logRatio,
      rules: { ...clipped.rules, selected: chosen },
    };
  },
);

/** Options of `klCovLoss`. */
export interface KlCovOptions extends ImportanceRatioOptions {
  /** Share of the trained tokens that is held back, at least one. Above 0. Default 2e-4. */
  readonly selectedFraction?: number;
  /** Weight of `|log π − log π_old|` on those. Default 1 (verl's function; its configuration sets 0.1). */
  readonly klCoefficient?: number;
}

/**
 * KL-Cov: the unclipped policy gradient `L = −A·ρ`, with a penalty `klCoefficient·|log π − log π_old|` on the tokens of
 * the highest covariance between advantage and log-prob; see `selectKlCovTokens`.
 *
 * verl does not clamp the log ratio.
 *
 * arXiv:2505.22617.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a fraction that is not above 0
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1, -2]]),
 *   oldLogProbs: tf.tensor2d([[-1.5, -2]]),
 *   advantages: tf.tensor1d([0]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 * };
 * klCovLoss(inputs, { aggregation: { mode: 'token-sum' } }).loss.arraySync(); // => 0.5
 * ```
 */
export const klCovLoss: PolicyLoss<KlCovOptions, 'selected', CovarianceInputs> = policyLoss(
  'klCovLoss',
  (given, options, { selected }: CovarianceInputs) => {
    checkSelection('klCovLoss', { selected }, given.mask);
    const { selectedFraction = 2e-4, klCoefficient = 1 } = options;
    const { logRatio, ratio } = importanceRatio(given, options);
    const chosen = selected ?? selectKlCovTokens(given, selectedFraction);
    // Not tf.abs: its gradient at 0 is -1.
    const penalty = tf.mul(selectUnmasked(tf.mul(logRatio, tf.sign(logRatio)), chosen), klCoefficient);
    return {
      tokenLoss: tf.sub(penalty, tf.mul(given.advantages, ratio)),
      logRatio,
      rules: { selected: chosen },
    };
  },
);

function checkSelection(
  name: string,
  given: Readonly<Record<string, tf.Tensor2D | undefined>>,
  mask: tf.Tensor2D,
): void {
  const tensors = Object.entries(given).filter((entry): entry is [string, tf.Tensor2D] => entry[1] !== undefined);
  checkTokenTensors(name, { ...Object.fromEntries(tensors), mask });
}
