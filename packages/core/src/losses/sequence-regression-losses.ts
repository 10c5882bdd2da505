import { tf } from '@rlloom/tensor';
import { ShapeError } from '../shape-error.ts';
import { checkTokenTensors, shapesOf } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';
import { type PolicyLoss, type PolicyLossInputs, policyLoss, type TokenInputs } from './policy-loss.ts';

// Losses that fit a sequence's log-prob to its reward. Every token carries the loss of its sequence: aggregate by
// `sequence-mean-token-mean`.

/** Inputs of `gvpoLoss`. */
export interface GvpoInputs extends PolicyLossInputs {
  /** The group (prompt) of each sequence, `[B]`. A group must be whole in the batch given. */
  readonly groups: tf.Tensor1D;
}

/** Options of `gvpoLoss`. */
export interface GvpoOptions {
  /** β, what one nat of the sequence's log ratio is worth in reward. Default 0.1. */
  readonly beta?: number;
}

/**
 * GVPO: makes the centred, scaled log ratios of a group follow its centred rewards:
 * `Σ_i ½·[(β·ℓ_i − mean β·ℓ) − (A_i − mean A)]² / (n − 1)` per group of n, `ℓ_i = Σ_t (log π − log π_old)·m`. Sequence i
 * carries n times its term, so that the mean over sequences is the mean over groups, weighted by their size. A group of
 * one has nothing to compare and costs 0.
 *
 * GVPO, arXiv:2504.19599; the recipe for verl sums over the groups of a micro-batch.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1], [-1]]),
 *   advantages: tf.tensor1d([1, -1]),
 *   mask: tf.ones<tf.Rank.R2>([2, 1]),
 *   groups: tf.tensor1d([7, 7]),
 * };
 * gvpoLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } }).loss.arraySync(); // => 1
 * ```
 */
export const gvpoLoss: PolicyLoss<GvpoOptions, never, GvpoInputs> = policyLoss(
  'gvpoLoss',
  (given, { beta = 0.1 }, { groups }: GvpoInputs) => {
    checkPerSequence('gvpoLoss', { groups }, given);
    const together = tf.cast(tf.equal(tf.expandDims(groups, 1), tf.expandDims(groups, 0)), 'float32');
    const size = tf.sum(together, 1, true);
    const centred = (perSequence: tf.Tensor) => tf.sub(perSequence, tf.div(tf.matMul(together, perSequence), size));
    const logRatio = tf.sub(given.logProbs, given.oldLogProbs);
    const residual = tf.sub(
      centred(tf.mul(tf.sum(logRatio, 1, true), beta)),
      centred(sequenceMean(given.advantages, given)),
    );
    const share = tf.div(size, tf.maximum(tf.sub(size, 1), 1));
    const alone = tf.lessEqual(size, 1);
    const cost = tf.mul(tf.square(residual), tf.mul(share, 0.5));
    return { tokenLoss: spread(selectUnmasked(cost, tf.logicalNot(alone)), given), logRatio, rules: {} };
  },
);

/** Inputs of `flowLoss`. */
export interface FlowInputs extends PolicyLossInputs {
  /** Log-probs under the reference, `[B,T]`. */
  readonly referenceLogProbs: tf.Tensor2D;
  /** `log Z` of each sequence's prompt, `[B]`: the output of a small head trained by this loss, so it carries a gradient. */
  readonly logPartition: tf.Tensor1D;
}

/** Options of `flowLoss`. */
export interface FlowOptions {
  /** β, the weight of the reward. Default 15. */
  readonly beta?: number;
  /** Highest importance weight of a sequence. Default 10. */
  readonly ratioCap?: number;
}

/**
 * FlowRL: matches the policy to the distribution of rewards instead of maximising them:
 * `L_i = sg[w_i]·(log Z + mean log π − β·mean A − mean log π_ref)²`, means over the sequence's tokens,
 * `w_i = min(exp(Σ_t (log π − log π_old)·m), ratioCap)`.
 *
 * FlowRL, arXiv:2509.15207; as its recipe for verl.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = {
 *   logProbs: tf.tensor2d([[-1]]),
 *   referenceLogProbs: tf.tensor2d([[-2]]),
 *   logPartition: tf.tensor1d([0.5]),
 *   advantages: tf.tensor1d([0]),
 *   mask: tf.ones<tf.Rank.R2>([1, 1]),
 * };
 * flowLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } }).loss.arraySync(); // => 2.25
 * ```
 */
export const flowLoss: PolicyLoss<FlowOptions, 'cap', FlowInputs> = policyLoss(
  'flowLoss',
  (given, { beta = 15, ratioCap = 10 }, { referenceLogProbs, logPartition }: FlowInputs) => {
    checkPerSequence('flowLoss', { logPartition }, given);
    checkTokenTensors('flowLoss', { referenceLogProbs, mask: given.mask });
    const reference = stopGradient(selectUnmasked(referenceLogProbs, given.mask));
    const logRatio = tf.sub(given.logProbs, given.oldLogProbs);
    const ratio = tf.exp(tf.clipByValue(tf.sum(logRatio, 1, true), -20, 20));
    const gap = sequenceMean(tf.sub(tf.sub(given.logProbs, reference), tf.mul(given.advantages, beta)), given);
    const residual = tf.add(gap, tf.expandDims(logPartition, 1));
    const cost = tf.mul(tf.square(residual), stopGradient(tf.minimum(ratio, ratioCap)));
    return {
      tokenLoss: spread(cost, given),
      logRatio,
      rules: { cap: tf.logicalAnd(tf.greater(ratio, ratioCap), tf.onesLike(tf.cast(given.mask, 'bool'))) },
    };
  },
);

/** Options of `selfPlayLoss`. */
export interface SelfPlayOptions {
  /** η, the log ratio that a reward of 1 asks for. Default 1. */
  readonly eta?: number;
}

/**
 * SPPO: `L_i = (Σ_t (log π − log π_old)·m − η·r_i)²`; the advantages are the (centred) win probabilities or rewards, the
 * old policy is the one that sampled. For pairs, `dpoLoss` has SPPO's hard-label form.
 *
 * SPPO, arXiv:2405.00675; as its recipe for verl.
 *
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = { logProbs: tf.tensor2d([[-1]]), advantages: tf.tensor1d([0.5]), mask: tf.ones<tf.Rank.R2>([1, 1]) };
 * selfPlayLoss(inputs, { aggregation: { mode: 'sequence-mean-token-mean' } }).loss.arraySync(); // => 0.25
 * ```
 */
export const selfPlayLoss: PolicyLoss<SelfPlayOptions> = policyLoss('selfPlayLoss', (given, { eta = 1 }) => {
  const logRatio = tf.sub(given.logProbs, given.oldLogProbs);
  const wanted = tf.mul(sequenceMean(given.advantages, given), eta);
  return { tokenLoss: spread(tf.square(tf.sub(tf.sum(logRatio, 1, true), wanted)), given), logRatio, rules: {} };
});

function sequenceMean(values: tf.Tensor, { mask }: TokenInputs): tf.Tensor {
  return tf.div(tf.sum(values, 1, true), tf.maximum(tf.sum(mask, 1, true), 1));
}

function spread(perSequence: tf.Tensor, { mask }: TokenInputs): tf.Tensor {
  return tf.add(perSequence, tf.zerosLike(mask));
}

function checkPerSequence(name: string, values: Readonly<Record<string, tf.Tensor>>, { mask }: TokenInputs): void {
  if (Object.values(values).some((value) => value.rank !== 1 || value.shape[0] !== mask.shape[0])) {
    throw new ShapeError(name, 'one value per sequence', shapesOf({ ...values, mask }));
  }
}
