import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { maskedSum } from '../masking/masked-mean.ts';
import { ShapeError } from '../shape-error.ts';
import { checkSameShape, checkTokenTensors, shapesOf } from '../tensors/check-shape.ts';
import { offTape } from '../tensors/off-tape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { type BetaOptions, checkBeta } from './dpo-pair-loss.ts';
import { pairMean } from './pair-loss.ts';

/** Inputs of `nashMdLoss`; B completions sampled by the policy, T tokens of the widest. */
export interface NashMdInputs {
  /** `[B,T]` */
  readonly logProbs: tf.Tensor2D;
  /** `[B,T]`, under the reference model. */
  readonly referenceLogProbs: tf.Tensor2D;
  /** `[B,T]`, 1 on tokens of the completion. */
  readonly mask: tf.Tensor2D;
  /** `[B]`, the probability that the completion is preferred to one of the mixture policy; `geometricMixtureLogProbs`. */
  readonly winProbabilities: tf.Tensor1D;
}

/** Options of `nashMdLoss`. */
export interface NashMdOptions extends BetaOptions {
  /** Completions of the whole batch. Default: those given. */
  readonly sampleCount?: Count;
}

/**
 * Nash-MD, the policy gradient of being preferred to a mixture of policy and reference, with a KL penalty:
 * `L = mean_i(β·Σ_t sg[log π − log π_ref]·log π − (w − ½)·Σ_t log π)`, w the win probability.
 *
 * The value is no cost, only its gradient means something: `β·∇KL(π ‖ π_ref)` per token less that of the wins.
 *
 * Nash-MD, arXiv:2312.00886; as TRL, whose β is 0.1 too.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a negative count
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1, -2]]),
 *   referenceLogProbs: tf.tensor2d([[-1, -4]]),
 *   mask: tf.ones<tf.Rank.R2>([1, 2]),
 *   winProbabilities: tf.tensor1d([1]),
 * };
 * nashMdLoss(inputs, { beta: 0.25 }).arraySync(); // => 0.5
 * ```
 */
export function nashMdLoss(inputs: NashMdInputs, options: NashMdOptions = {}): tf.Scalar {
  const { logProbs, referenceLogProbs, mask, winProbabilities } = inputs;
  checkTokenTensors('nashMdLoss', { logProbs, referenceLogProbs, mask });
  if (winProbabilities.rank !== 1 || winProbabilities.shape[0] !== mask.shape[0]) {
    throw new ShapeError('nashMdLoss', 'winProbabilities [B]', shapesOf({ winProbabilities, mask }));
  }
  const beta = checkBeta('nashMdLoss', options);
  return tf.tidy(() => {
    const kept = selectUnmasked(logProbs, mask);
    const penalties = offTape(() => tf.mul(tf.sub(kept, selectUnmasked(referenceLogProbs, mask)), beta));
    const wins = offTape(() => tf.expandDims(tf.sub(winProbabilities, 0.5), 1));
    const losses = maskedSum(tf.mul(kept, tf.sub(penalties, wins)), mask, 1) as tf.Tensor1D;
    return pairMean(losses, {}, options.sampleCount);
  });
}

/**
 * The next-token log-probs of the mixture that Nash-MD competes with, `log softmax(c·z_ref + (1−c)·z)`: proportional to
 * `π_ref^c · π^{1−c}`.
 *
 * @param logits of the policy, `[...,V]`
 * @param referenceLogits same shape
 * @param mixture c, the share of the reference model, from 0 to 1; 0.5 in TRL
 * @returns `[...,V]`
 * @throws ShapeError when shapes differ
 * @throws RangeError for a share outside [0, 1]
 * @example
 * ```ts
 * const [policy, reference] = [tf.tensor1d([Math.log(9), 0]), tf.tensor1d([0, 0])];
 * const mixed = tf.exp(geometricMixtureLogProbs(policy, reference, 0.5));
 * await mixed.data(); // => Float32Array [0.75, 0.25]
 * ```
 */
export function geometricMixtureLogProbs<Logits extends tf.Tensor>(
  logits: Logits,
  referenceLogits: Logits,
  mixture: number,
): Logits {
  checkSameShape('geometricMixtureLogProbs', { logits, referenceLogits });
  if (!(mixture >= 0 && mixture <= 1)) {
    throw new RangeError(`geometricMixtureLogProbs: mixture must be from 0 to 1, given ${mixture}`);
  }
  return tf.tidy(() => tf.logSoftmax(tf.add(tf.mul(referenceLogits, mixture), tf.mul(logits, 1 - mixture))));
}
