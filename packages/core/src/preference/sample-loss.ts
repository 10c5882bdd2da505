import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { offTape } from '../tensors/off-tape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';
import { type BetaOptions, checkBeta } from './dpo-pair-loss.ts';
import { checkPairs, pairMean } from './pair-loss.ts';

/** Completions that are each good or bad, without a partner. B = samples; all `[B]`. */
export interface SampleInputs {
  /** Log-probs of the completions, summed over their tokens. */
  readonly logProbs: tf.Tensor1D;
  /** The same under the reference model. */
  readonly referenceLogProbs: tf.Tensor1D;
  /** 1 for a good completion, 0 for a bad one. */
  readonly desirable: tf.Tensor1D;
  /** 1 for samples, 0 for rows that only fill the batch. Default: all are samples. */
  readonly sampleMask?: tf.Tensor1D;
}

/** Counts and weights of every loss of single completions. */
export interface SampleOptions extends BetaOptions {
  /** Weight of the good. Default 1. */
  readonly desirableWeight?: number;
  /** Weight of the bad. Default 1. */
  readonly undesirableWeight?: number;
  /** Samples of the whole batch. Default: those given. */
  readonly sampleCount?: Count;
  /** Good samples of the whole batch, for the metrics. Default: those given. */
  readonly desirableCount?: Count;
  /** Bad samples of the whole batch, for the metrics. Default: those given. */
  readonly undesirableCount?: Count;
}

/**
 * What a loss of single completions measures: means over the good and over the bad, scalars without a gradient, 0 where
 * there is none. With the counts given they add up over micro-batches.
 */
export interface SampleMetrics {
  /** Mean of `β·(log π − log π_ref)` of the good. */
  readonly desirableReward: tf.Scalar;
  readonly undesirableReward: tf.Scalar;
  /** The first less the second; says something where the batch has both. */
  readonly rewardMargin: tf.Scalar;
  readonly desirableLogProb: tf.Scalar;
  readonly undesirableLogProb: tf.Scalar;
}

/** The loss, and what it measured. */
export interface SampleLossResult {
  readonly loss: tf.Scalar;
  readonly metrics: SampleMetrics;
}

/** A loss of single completions. */
export interface SampleLoss<Options extends SampleOptions> {
  (inputs: SampleInputs, options: Options): SampleLossResult;
  /** The weighted loss of each sample before the mean, `[B]`. */
  readonly perSample: (inputs: SampleInputs, options: Options) => tf.Tensor1D;
}

/** A sample as the formula sees it, `[B]` each. */
export interface SampleTerms {
  /** `Δ = log π − log π_ref`. */
  readonly logRatios: tf.Tensor1D;
  readonly beta: number;
}

/**
 * Makes a loss of single completions from what it says of a good one and of a bad one.
 *
 * @param name of the exported function, for errors
 * @param formula losses `[B]` of every row, were it good and were it bad; runs inside a tidy
 */
export function sampleLoss<Options extends SampleOptions>(
  name: string,
  formula: (given: SampleTerms, options: Options) => { readonly desirable: tf.Tensor; readonly undesirable: tf.Tensor },
): SampleLoss<Options> {
  const perSample = (inputs: SampleInputs, options: Options): tf.Tensor1D => {
    const { desirableWeight = 1, undesirableWeight = 1 } = options;
    if (!(desirableWeight >= 0 && undesirableWeight >= 0)) {
      throw new RangeError(`${name}: weights must not be negative, given ${desirableWeight}, ${undesirableWeight}`);
    }
    checkPairs(name, inputs);
    const beta = checkBeta(name, options);
    return tf.tidy(() => {
      const { logProbs, referenceLogProbs, good, bad } = cleared(inputs);
      const losses = formula({ logRatios: tf.sub(logProbs, referenceLogProbs), beta }, options);
      return tf.add<tf.Tensor1D>(
        tf.mul(tf.mul(losses.desirable, good), desirableWeight),
        tf.mul(tf.mul(losses.undesirable, bad), undesirableWeight),
      );
    });
  };
  const loss = (inputs: SampleInputs, options: Options): SampleLossResult =>
    tf.tidy(
      () =>
        ({
          loss: pairMean(perSample(inputs, options), given(inputs), options.sampleCount),
          metrics: measure(inputs, options),
        }) as never,
    );
  return Object.assign(loss, { perSample });
}

function measure(inputs: SampleInputs, options: SampleOptions): SampleMetrics {
  const { beta = 0.1, desirableCount, undesirableCount } = options;
  const measured = offTape(() => {
    const { logProbs, referenceLogProbs, good, bad } = cleared(inputs);
    const rewards = tf.mul<tf.Tensor1D>(tf.sub(logProbs, referenceLogProbs), beta);
    const desirable = (values: tf.Tensor1D) => pairMean(values, { pairMask: good }, desirableCount);
    const undesirable = (values: tf.Tensor1D) => pairMean(values, { pairMask: bad }, undesirableCount);
    const [desirableReward, undesirableReward] = [desirable(rewards), undesirable(rewards)];
    return tf.stack([
      desirableReward,
      undesirableReward,
      tf.sub(desirableReward, undesirableReward),
      desirable(logProbs),
      undesirable(logProbs),
    ]);
  });
  const [desirableReward, undesirableReward, rewardMargin, desirableLogProb, undesirableLogProb] = tf.unstack(measured);
  return { desirableReward, undesirableReward, rewardMargin, desirableLogProb, undesirableLogProb } as SampleMetrics;
}

interface Cleared {
  readonly logProbs: tf.Tensor1D;
  readonly referenceLogProbs: tf.Tensor1D;
  /** 1 for good samples. */
  readonly good: tf.Tensor1D;
  /** 1 for bad samples. */
  readonly bad: tf.Tensor1D;
}

function cleared({ logProbs, referenceLogProbs, desirable, sampleMask }: SampleInputs): Cleared {
  const kept = (values: tf.Tensor1D) => (sampleMask === undefined ? values : selectUnmasked(values, sampleMask));
  const samples = sampleMask ?? tf.onesLike(logProbs);
  const good = stopGradient(kept(tf.cast(tf.notEqual(desirable, 0), 'float32')));
  return {
    logProbs: kept(logProbs),
    referenceLogProbs: stopGradient(kept(referenceLogProbs)),
    good,
    bad: stopGradient(tf.sub<tf.Tensor1D>(samples, good)),
  };
}

function given({ sampleMask }: SampleInputs): { readonly pairMask?: tf.Tensor1D } {
  return sampleMask === undefined ? {} : { pairMask: sampleMask };
}
