import { tf } from '@rlloom/tensor';
import { type BetaOptions, dpoPairLoss } from './dpo-pair-loss.ts';
import { logSigmoid } from './log-sigmoid.ts';
import type { PairLoss } from './pair-loss.ts';

// Losses that judge each completion of a pair by itself.

/**
 * NCA of a pair, with the rewards `c = β·Δ_c` and `r = β·Δ_r`: `L = −log σ(c) − ½·log σ(−c) − ½·log σ(−r)`. It keeps
 * the chosen from becoming less likely.
 *
 * arXiv:2402.05369.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: zero,
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * ncaPairLoss(inputs).loss.arraySync().toFixed(4); // => '1.3863'
 * ```
 */
export const ncaPairLoss: PairLoss<BetaOptions> = dpoPairLoss('ncaPairLoss', ({ chosen, rejected, beta }) => {
  const reward = tf.mul(chosen, beta);
  const pulled = tf.neg(logSigmoid(reward));
  const held = tf.add(logSigmoid(tf.neg(reward)), logSigmoid(tf.mul(rejected, -beta)));
  return tf.sub(pulled, tf.mul(held, 0.5));
});

/**
 * BCO of pairs: `L = −log σ(β·Δ_c) − log σ(−β·Δ_r)`, a classifier of good and bad completions.
 *
 * Who differs: a BCO of single completions subtracts the running mean of the rewards, `bcoLoss`.
 *
 * arXiv:2404.04656.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([Math.log(3)]),
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * bcoPairLoss(inputs, { beta: 1 }).loss.arraySync().toFixed(4); // => '0.9808'
 * ```
 */
export const bcoPairLoss: PairLoss<BetaOptions> = dpoPairLoss('bcoPairLoss', ({ chosen, rejected, beta }) =>
  tf.neg(tf.add(logSigmoid(tf.mul(chosen, beta)), logSigmoid(tf.mul(rejected, -beta)))),
);

/**
 * SPPO with a certain winner: `L = (Δ_c − 1/(2β))² + (Δ_r + 1/(2β))²`. At the reference it is `1/(2β²)`.
 *
 * arXiv:2405.00675; the paper estimates the probability of winning, which is 1 and 0 here.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([2]),
 *   rejectedLogProbs: tf.tensor1d([1]),
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * sppoHardLoss(inputs, { beta: 0.5 }).loss.arraySync(); // => 5
 * ```
 */
export const sppoHardLoss: PairLoss<BetaOptions> = dpoPairLoss('sppoHardLoss', ({ chosen, rejected, beta }) => {
  const target = 1 / (2 * beta);
  return tf.add(tf.square(tf.sub(chosen, target)), tf.square(tf.add(rejected, target)));
});

/**
 * APO-zero: `L = σ(−β·Δ_c) + σ(β·Δ_r)`: chosen up, rejected down. For completions better than the model's own.
 *
 * arXiv:2408.06266, equation 7.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([Math.log(3)]),
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * apoZeroLoss(inputs, { beta: 1 }).loss.arraySync().toFixed(4); // => '0.7500'
 * ```
 */
export const apoZeroLoss: PairLoss<BetaOptions> = dpoPairLoss('apoZeroLoss', ({ chosen, rejected, beta }) =>
  tf.add(tf.sigmoid(tf.mul(chosen, -beta)), tf.sigmoid(tf.mul(rejected, beta))),
);

/**
 * APO-down: `L = σ(β·Δ_c) + σ(−β·(Δ_c − Δ_r))`: both down, the rejected further. For completions worse than the
 * model's own.
 *
 * arXiv:2408.06266, equation 8.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([Math.log(3)]),
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * apoDownLoss(inputs, { beta: 1 }).loss.arraySync().toFixed(4); // => '1.0000'
 * ```
 */
export const apoDownLoss: PairLoss<BetaOptions> = dpoPairLoss('apoDownLoss', ({ chosen, rejected, beta }) =>
  tf.add(tf.sigmoid(tf.mul(chosen, beta)), tf.sigmoid(tf.mul(tf.sub(rejected, chosen), beta))),
);
