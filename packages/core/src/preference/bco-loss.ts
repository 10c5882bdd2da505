import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { logSigmoid } from './log-sigmoid.ts';
import { type SampleLoss, type SampleOptions, sampleLoss } from './sample-loss.ts';

/** Options of `bcoLoss`. */
export interface BcoOptions extends SampleOptions {
  /**
   * δ, what rewards are compared with: their running mean, e.g. `updateRunningMoments(rewards, known).mean` of the
   * rewards `β·Δ` of all batches so far. One number for the batch. Default 0.
   */
  readonly rewardShift?: Count;
}

/**
 * BCO, a classifier of good and bad completions by their reward `r = β·(log π − log π_ref)`: good
 * `−w_d·log σ(r − δ)`, bad `−w_u·log σ(δ − r)`, and the mean over all.
 *
 * Who differs: earlier versions of TRL also weigh the bad by how alike their prompts are to those of the good; weigh
 * the tensor of `perSample` for that.
 *
 * BCO, arXiv:2404.04656.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a negative weight or count
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor1d([-4]),
 *   referenceLogProbs: tf.tensor1d([-6]),
 *   desirable: tf.tensor1d([1]),
 * };
 * bcoLoss(inputs, { beta: 0.5, rewardShift: 1 }).loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const bcoLoss: SampleLoss<BcoOptions> = sampleLoss('bcoLoss', ({ logRatios, beta }, { rewardShift = 0 }) => {
  const rewards = tf.sub(tf.mul(logRatios, beta), rewardShift);
  return { desirable: tf.neg(logSigmoid(rewards)), undesirable: tf.neg(logSigmoid(tf.neg(rewards))) };
});
