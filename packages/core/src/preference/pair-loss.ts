import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import { ShapeError } from '../shape-error.ts';
import { shapesOf } from '../tensors/check-shape.ts';
import { offTape } from '../tensors/off-tape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';

/** What every loss of pairs takes. B = pairs; all `[B]`. */
export interface PolicyPairs {
  /** Log-probs of the chosen completions, summed over their tokens unless the loss says otherwise. */
  readonly chosenLogProbs: tf.Tensor1D;
  /** Log-probs of the rejected completions. */
  readonly rejectedLogProbs: tf.Tensor1D;
  /** 1 for pairs, 0 for rows that only fill the batch. Default: all are pairs. */
  readonly pairMask?: tf.Tensor1D;
  /** Constant weights of the pairs' losses, e.g. `wpoPairWeights`. They still count as whole pairs in the mean. */
  readonly pairWeights?: tf.Tensor1D;
}

/** Inputs of the losses that compare with a reference model, all `[B]`. `pairLogProbs` makes them from tokens. */
export interface PairInputs extends PolicyPairs {
  /** Log-probs of the chosen completions under the reference model. */
  readonly referenceChosenLogProbs: tf.Tensor1D;
  /** Log-probs of the rejected completions under the reference model. */
  readonly referenceRejectedLogProbs: tf.Tensor1D;
  /** Tokens of the chosen completions; for losses of averages. */
  readonly chosenLengths?: tf.Tensor1D;
  /** Tokens of the rejected completions; for losses of averages. */
  readonly rejectedLengths?: tf.Tensor1D;
  /** Plain sum over the tokens of the chosen, where `chosenLogProbs` is another one; for `chosenLikelihoodLoss`. */
  readonly chosenLikelihood?: tf.Tensor1D;
}

/** The count that a loss of pairs divides by. */
export interface PairCounts {
  /** Pairs of the whole batch. Default: those given. */
  readonly pairCount?: Count;
}

/**
 * What a loss of pairs measures: means over pairs, as scalars without a gradient. With `pairCount` given they add up
 * over micro-batches.
 */
export interface PairMetrics {
  /** The implicit reward of the chosen; `β·(log π − log π_ref)` unless the loss says otherwise. */
  readonly chosenReward: tf.Scalar;
  readonly rejectedReward: tf.Scalar;
  /** Chosen less rejected reward. */
  readonly rewardMargin: tf.Scalar;
  /** Fraction of pairs whose chosen reward is above the rejected one; equal ones are not. */
  readonly rewardAccuracy: tf.Scalar;
  readonly chosenLogProb: tf.Scalar;
  readonly rejectedLogProb: tf.Scalar;
}

/** The loss, and what it measured. */
export interface PairLossResult {
  readonly loss: tf.Scalar;
  readonly metrics: PairMetrics;
}

/** What a loss of pairs says of each pair, `[B]` each, before weights and the mean. */
export interface PairTerms {
  readonly losses: tf.Tensor1D;
  readonly chosenRewards: tf.Tensor1D;
  readonly rejectedRewards: tf.Tensor1D;
}

/** A loss that teaches a preference from pairs of completions. */
export interface PairLoss<
  Options,
  Inputs extends PolicyPairs = PairInputs,
  Result extends PairLossResult = PairLossResult,
> {
  (inputs: Inputs, options?: Options & PairCounts): Result;
  /** The loss of each pair before weights and the mean; for plots and explanations. */
  readonly perPair: (inputs: Inputs, options?: Options) => PairTerms;
}

/**
 * Makes a loss of pairs from its formula per pair: checks shapes, clears rows that are no pairs, applies weights, takes
 * the mean over the pairs of the whole batch and measures.
 *
 * @param name of the exported function, for errors
 * @param formula runs inside a tidy
 */
export function pairLoss<Options extends object, Inputs extends PolicyPairs = PairInputs>(
  name: string,
  formula: (given: Inputs, options: Options) => PairTerms,
): PairLoss<Options, Inputs> {
  const terms = (inputs: Inputs, options: Options = {} as Options): PairTerms => {
    checkPairs(name, inputs);
    return tf.tidy(() => formula(clearedPairs(inputs), options) as never);
  };
  const loss = (inputs: Inputs, options: Options & PairCounts = {} as Options & PairCounts): PairLossResult =>
    tf.tidy(() => {
      checkPairs(name, inputs);
      const given = clearedPairs(inputs);
      const { losses, chosenRewards, rejectedRewards } = formula(given, options);
      const mean = (values: tf.Tensor1D) => pairMean(values, given, options.pairCount);
      const weighted = given.pairWeights === undefined ? losses : tf.mul<tf.Tensor1D>(losses, given.pairWeights);
      const measured = (values: () => tf.Tensor1D) => offTape(() => mean(values()));
      return {
        loss: mean(weighted),
        metrics: {
          chosenReward: measured(() => chosenRewards),
          rejectedReward: measured(() => rejectedRewards),
          rewardMargin: measured(() => tf.sub(chosenRewards, rejectedRewards)),
          rewardAccuracy: measured(() => tf.cast(tf.greater(chosenRewards, rejectedRewards), 'float32')),
          chosenLogProb: measured(() => given.chosenLogProbs),
          rejectedLogProb: measured(() => given.rejectedLogProbs),
        },
      } as never;
    });
  return Object.assign(loss, { perPair: terms });
}

/** `Σ x / pairCount` over pairs; 0 where there is none. */
export function pairMean(values: tf.Tensor1D, { pairMask }: Partial<PolicyPairs>, pairCount?: Count): tf.Scalar {
  checkCount('pairCount', pairCount);
  const kept = pairMask === undefined ? values : selectUnmasked(values, pairMask);
  const count = pairCount ?? (pairMask === undefined ? values.size : tf.sum(pairMask));
  return tf.div(tf.sum(kept), typeof count === 'number' ? Math.max(count, 1e-8) : tf.maximum(count, 1e-8));
}

/** Checks a count that is a number. */
export function checkCount(name: string, count: Count | undefined): void {
  if (typeof count === 'number' && !(count >= 0)) {
    throw new RangeError(`${name} must not be negative, given ${count}`);
  }
}

/**
 * Checks that all tensors are `[B]` of one length.
 *
 * @throws ShapeError naming every shape
 */
export function checkPairs(caller: string, tensors: object): void {
  const given = Object.fromEntries(
    Object.entries(tensors).filter((entry): entry is [string, tf.Tensor] => entry[1] !== undefined),
  );
  const [first, ...others] = Object.values(given);
  if (first?.rank !== 1 || others.some(({ rank, size }) => rank !== 1 || size !== first.size)) {
    throw new ShapeError(caller, 'equal shapes [B]', shapesOf(given));
  }
}

const trained: readonly string[] = [
  'chosenLogProbs',
  'rejectedLogProbs',
  'chosenLikelihood',
  'referenceSampleLogProbs',
];

// Rows that are no pairs may hold NaN. Everything but the policy's own log-probs is a constant.
function clearedPairs<Inputs extends PolicyPairs>(inputs: Inputs): Inputs {
  const { pairMask } = inputs;
  const cleared = Object.entries(inputs).flatMap(([name, tensor]: readonly [string, tf.Tensor | undefined]) => {
    if (tensor === undefined) return [];
    const kept = pairMask === undefined || name === 'pairMask' ? tensor : selectUnmasked(tensor, pairMask);
    return [[name, trained.includes(name) ? kept : stopGradient(kept)]];
  });
  return Object.fromEntries(cleared) as Inputs;
}
