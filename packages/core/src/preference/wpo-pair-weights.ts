import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { offTape } from '../tensors/off-tape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { sequenceLogProbs } from './sequence-log-probs.ts';

/** One side of the pairs that `wpoPairWeights` weighs, `[B,T]` each. */
export interface WeighedCompletions {
  /** Log-probs under the policy. */
  readonly logProbs: tf.Tensor2D;
  /** 1 on tokens of the completion. */
  readonly mask: tf.Tensor2D;
  /** `Σ_v π_v²` at each token (`squaredProbabilitySum`): the log-probs are taken relative to its logarithm. */
  readonly squaredProbabilities?: tf.Tensor2D;
}

/**
 * Weights of off-policy pairs by how likely the policy is to produce them: `w = e^{ℓ̄_c + ℓ̄_r}`, with ℓ̄ the mean over
 * tokens of `log π`, or of `log π − log Σ_v π_v²` where `squaredProbabilities` are given (sampled alignment, so that
 * the policy's own samples weigh about 1). Use it as `pairWeights`.
 *
 * Who differs: TRL's `use_weighting` always subtracts the logarithm.
 *
 * WPO, arXiv:2406.11827.
 *
 * @returns `[B]`, constants
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const mask = tf.tensor2d([[1, 1]]);
 * const chosen = { logProbs: tf.log(tf.tensor2d([[0.5, 0.5]])), mask };
 * const rejected = { logProbs: tf.log(tf.tensor2d([[1, 0.0625]])), mask };
 * wpoPairWeights(chosen, rejected).arraySync()[0]?.toFixed(4); // => '0.1250'
 * ```
 */
export function wpoPairWeights(chosen: WeighedCompletions, rejected: WeighedCompletions): tf.Tensor1D {
  return offTape(() => tf.exp(tf.add(meanAlignment(chosen), meanAlignment(rejected))));
}

function meanAlignment({ logProbs, mask, squaredProbabilities }: WeighedCompletions): tf.Tensor1D {
  checkTokenTensors('wpoPairWeights', { logProbs, mask, ...(squaredProbabilities && { squaredProbabilities }) });
  return tf.tidy(() => {
    if (squaredProbabilities === undefined) return sequenceLogProbs(logProbs, mask, 'mean');
    const concentration = tf.log(selectUnmasked(squaredProbabilities, mask));
    return sequenceLogProbs(tf.sub(logProbs, concentration), mask, 'mean');
  });
}
