import { tf } from '@rlloom/tensor';
import { type PairInputs, type PairLoss, pairLoss } from './pair-loss.ts';

/** Options of every loss of the DPO family. */
export interface BetaOptions {
  /** β, how strongly the policy is held to the reference. Above 0. Default 0.1. */
  readonly beta?: number;
}

/** A pair as the DPO family sees it, `[B]` each. */
export interface LogRatios {
  /** `Δ_c = log π − log π_ref` of the chosen. */
  readonly chosen: tf.Tensor1D;
  /** `Δ_r` of the rejected. */
  readonly rejected: tf.Tensor1D;
  readonly beta: number;
}

/**
 * Makes a loss of the DPO family from its formula of log ratios; rewards are `β·Δ`.
 *
 * @param name of the exported function, for errors
 * @param formula the loss of each pair; runs inside a tidy
 */
export function dpoPairLoss<Options extends BetaOptions>(
  name: string,
  formula: (ratios: LogRatios, options: Options, given: PairInputs) => tf.Tensor,
): PairLoss<Options> {
  return pairLoss<Options>(name, (given, options) => {
    const beta = checkBeta(name, options);
    const chosen = tf.sub<tf.Tensor1D>(given.chosenLogProbs, given.referenceChosenLogProbs);
    const rejected = tf.sub<tf.Tensor1D>(given.rejectedLogProbs, given.referenceRejectedLogProbs);
    return {
      losses: formula({ chosen, rejected, beta }, options, given) as tf.Tensor1D,
      chosenRewards: tf.mul(chosen, beta),
      rejectedRewards: tf.mul(rejected, beta),
    };
  });
}

/** β of the options, checked. */
export function checkBeta(name: string, { beta = 0.1 }: BetaOptions): number {
  if (!(beta > 0 && beta < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name}: beta must be above 0, given ${beta}`);
  }
  return beta;
}
