import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { offTape } from '../tensors/off-tape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { logSigmoid } from './log-sigmoid.ts';
import { checkPairs, pairMean } from './pair-loss.ts';

/** Scores of pairs, all `[B]`. */
export interface RewardPairs {
  /** Scores of the chosen completions. */
  readonly chosenRewards: tf.Tensor1D;
  /** Scores of the rejected completions. */
  readonly rejectedRewards: tf.Tensor1D;
  /** By how much the chosen is better; constants. Default 0. */
  readonly margins?: tf.Tensor1D;
  /** 1 for pairs, 0 for rows that only fill the batch. Default: all are pairs. */
  readonly pairMask?: tf.Tensor1D;
}

/** Options of `rewardModelLoss`. */
export interface RewardModelOptions {
  /** Weight of `(s_c + s_r)²`, which keeps scores around 0. Not negative. Default 0 (0.01 is usual). */
  readonly centerCoefficient?: number;
  /** Pairs of the whole batch. Default: those given. */
  readonly pairCount?: Count;
}

/**
 * What `rewardModelLoss` measures, as scalars without a gradient. Means add up over micro-batches when `pairCount` is
 * given; the extremes are those of the pairs given (0 without pairs).
 */
export interface RewardModelMetrics {
  readonly meanReward: tf.Scalar;
  readonly minReward: tf.Scalar;
  readonly maxReward: tf.Scalar;
  /** Mean `s_c − s_r`, without the margin. */
  readonly rewardMargin: tf.Scalar;
  /** Fraction of pairs with `s_c > s_r`. */
  readonly rewardAccuracy: tf.Scalar;
}

/**
 * The loss of a reward model, Bradley–Terry: `L = −log σ(s_c − s_r − margin) + centerCoefficient·(s_c + s_r)²`, mean
 * over pairs.
 *
 * OpenRLHF's log-exp form `log(1 + e^{s_r − s_c})` is the same function without a margin; written so it overflows from a
 * difference of 88 on, computed here it does not.
 *
 * Bradley and Terry 1952; margins: Llama 2, arXiv:2307.09288; centre: arXiv:2312.09244.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a negative coefficient or count
 * @example
 * ```ts
 * const inputs = { chosenRewards: tf.tensor1d([2]), rejectedRewards: tf.tensor1d([1]), margins: tf.tensor1d([1]) };
 * rewardModelLoss(inputs).loss.arraySync().toFixed(4); // => '0.6931'
 * rewardModelLoss(inputs, { centerCoefficient: 0.1 }).loss.arraySync().toFixed(4); // => '1.5931'
 * ```
 */
export function rewardModelLoss(
  inputs: RewardPairs,
  options: RewardModelOptions = {},
): { readonly loss: tf.Scalar; readonly metrics: RewardModelMetrics } {
  const { centerCoefficient = 0, pairCount } = options;
  checkPairs('rewardModelLoss', inputs);
  if (!(centerCoefficient >= 0)) {
    throw new RangeError(`rewardModelLoss: centerCoefficient must not be negative, given ${centerCoefficient}`);
  }
  return tf.tidy(() => {
    const { pairMask } = inputs;
    const kept = (values: tf.Tensor1D) => (pairMask === undefined ? values : selectUnmasked(values, pairMask));
    const mean = (values: tf.Tensor1D) => pairMean(values, pairMask === undefined ? {} : { pairMask }, pairCount);
    const [chosen, rejected] = [kept(inputs.chosenRewards), kept(inputs.rejectedRewards)];
    const difference = tf.sub<tf.Tensor1D>(chosen, rejected);
    const { margins } = inputs;
    const beyond =
      margins === undefined
        ? difference
        : tf.sub<tf.Tensor1D>(
            difference,
            offTape(() => kept(margins).clone()),
          );
    const ranking = mean(tf.neg(logSigmoid(beyond)));
    const center = () => tf.mul(mean(tf.square(tf.add(chosen, rejected))), centerCoefficient);
    const extreme = (sign: 1 | -1) => offTape(() => largest([chosen, rejected], sign, pairMask));
    return {
      loss: centerCoefficient === 0 ? ranking : tf.add(ranking, center()),
      metrics: {
        meanReward: offTape(() => mean(tf.mul(tf.add(chosen, rejected), 0.5))),
        minReward: extreme(-1),
        maxReward: extreme(1),
        rewardMargin: offTape(() => mean(difference)),
        rewardAccuracy: offTape(() => mean(tf.cast(tf.greater(chosen, rejected), 'float32'))),
      },
    } as never;
  });
}

// sign · max(sign · x) over pairs.
function largest(sides: readonly tf.Tensor1D[], sign: 1 | -1, pairMask: tf.Tensor1D | undefined): tf.Scalar {
  const all = tf.mul(tf.stack([...sides]), sign);
  if (all.size === 0) return tf.scalar(0);
  if (pairMask === undefined) return tf.mul(tf.max<tf.Scalar>(all), sign);
  const among = tf.where(tf.notEqual(pairMask, 0), all, tf.fill(all.shape, Number.NEGATIVE_INFINITY));
  const found = tf.max<tf.Scalar>(among);
  return tf.where(tf.greater(tf.sum(pairMask), 0), tf.mul(found, sign), tf.zerosLike(found));
}
