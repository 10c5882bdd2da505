import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { offTape } from '../tensors/off-tape.ts';
import { checkPairs, pairMean } from './pair-loss.ts';
import { type SampleLoss, type SampleOptions, sampleLoss } from './sample-loss.ts';

/** Options of `ktoLoss`. */
export interface KtoOptions extends SampleOptions {
  /** The reference point z of the whole batch, not below 0, a constant: `ktoReferencePoint`. */
  readonly referencePoint: Count;
}

/**
 * KTO, from completions that are each good or bad: with `Δ = log π − log π_ref`
 *
 * good `w_d·σ(−β·(Δ − z))`, bad `w_u·σ(−β·(z − Δ))`, and the mean over all. At the reference with z = 0 it is half the
 * mean weight.
 *
 * z is one number for the batch: compute it once, by `ktoReferencePoint`, and give it to every micro-batch, together
 * with `sampleCount`; then they add up to the batch. TRL computes z anew for each micro-batch.
 *
 * KTO, arXiv:2402.01306; weights so that `w_d·n_d : w_u·n_u` is from 1:1 to 4:3 (paper).
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, a negative weight, count or reference point
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor1d([-4, -9]),
 *   referenceLogProbs: tf.tensor1d([-4, -9]),
 *   desirable: tf.tensor1d([1, 0]),
 * };
 * ktoLoss(inputs, { referencePoint: 0 }).loss.arraySync(); // => 0.5
 * ```
 */
export const ktoLoss: SampleLoss<KtoOptions> = sampleLoss('ktoLoss', ({ logRatios, beta }, { referencePoint }) => {
  if (typeof referencePoint === 'number' && !(referencePoint >= 0)) {
    throw new RangeError(`ktoLoss: referencePoint must not be negative, given ${referencePoint}`);
  }
  return {
    desirable: tf.sigmoid(tf.mul(tf.sub(referencePoint, logRatios), beta)),
    undesirable: tf.sigmoid(tf.mul(tf.sub(logRatios, referencePoint), beta)),
  };
});

/**
 * APO-zero from single completions: KTO with the reference point 0. Good `w_d·σ(−β·Δ)`, bad `w_u·σ(β·Δ)`.
 *
 * TRL's `apo_zero_unpaired`; APO, arXiv:2408.06266.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a negative weight or count
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor1d([Math.log(3)]),
 *   referenceLogProbs: tf.tensor1d([0]),
 *   desirable: tf.tensor1d([1]),
 * };
 * apoZeroUnpairedLoss(inputs, { beta: 1 }).loss.arraySync().toFixed(4); // => '0.2500'
 * ```
 */
export const apoZeroUnpairedLoss: SampleLoss<SampleOptions> = sampleLoss(
  'apoZeroUnpairedLoss',
  ({ logRatios, beta }) => ({
    desirable: tf.sigmoid(tf.mul(logRatios, -beta)),
    undesirable: tf.sigmoid(tf.mul(logRatios, beta)),
  }),
);

/** Log-probs of completions beside prompts they do not answer, `[B]` each. */
export interface MismatchedInputs {
  readonly logProbs: tf.Tensor1D;
  readonly referenceLogProbs: tf.Tensor1D;
  /** 1 for samples, 0 for rows that only fill the batch. Default: all are samples. */
  readonly sampleMask?: tf.Tensor1D;
}

/**
 * The reference point of KTO, an estimate of `KL(π ‖ π_ref)`: `z = max(0, mean(log π − log π_ref))` over pairs of a
 * prompt and a completion of another (`mismatchCompletions`), as a constant. Of the whole batch: micro-batches that add
 * up need the same z.
 *
 * KTO, arXiv:2402.01306, section 4.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = { logProbs: tf.tensor1d([-3, -6]), referenceLogProbs: tf.tensor1d([-5, -7]) };
 * ktoReferencePoint(inputs).arraySync(); // => 1.5
 * ```
 */
export function ktoReferencePoint(inputs: MismatchedInputs): tf.Scalar {
  const { logProbs, referenceLogProbs, sampleMask } = inputs;
  checkPairs('ktoReferencePoint', inputs);
  return offTape(() =>
    tf.maximum<tf.Scalar>(
      pairMean(tf.sub(logProbs, referenceLogProbs), sampleMask === undefined ? {} : { pairMask: sampleMask }),
      0,
    ),
  );
}
