import { tf } from '@rlloom/tensor';
import type { Count } from '../losses/aggregate-loss.ts';
import * as dpoLosses from './dpo-losses.ts';
import type { PairCounts, PairInputs, PairLoss, PairLossResult } from './pair-loss.ts';

/** The losses that `dpoLoss` knows, by the names of TRL. */
export type DpoLossName = keyof typeof dpoLosses;

type OptionsOf<Loss> = Loss extends PairLoss<infer Options> ? Options : never;

/** Which loss of pairs, and its own options. */
export type DpoOptions = {
  readonly [Name in DpoLossName]: { readonly loss: Name } & OptionsOf<(typeof dpoLosses)[Name]>;
}[DpoLossName];

/**
 * Direct preference optimisation by any of its losses:
 *
 * | `loss` | function | `loss` | function |
 * | --- | --- | --- | --- |
 * | `sigmoid` | `sigmoidPairLoss` | `sppo_hard` | `sppoHardLoss` |
 * | `cdpo` | `conservativePairLoss` | `aot` | `aotLoss` |
 * | `robust` | `robustPairLoss` | `aot_unpaired` | `aotUnpairedLoss` |
 * | `ipo` | `ipoLoss` | `apo_zero` | `apoZeroLoss` |
 * | `hinge` | `hingePairLoss` | `apo_down` | `apoDownLoss` |
 * | `exo_pair` | `exoPairLoss` | `discopop` | `discopopLoss` |
 * | `nca_pair` | `ncaPairLoss` | `sigmoid_norm` | `sigmoidNormPairLoss` |
 * | `bco_pair` | `bcoPairLoss` | `kto_pair` | `ktoPairLoss` |
 * | `sft` | `chosenLikelihoodLoss` | | |
 *
 * Each takes the options of its function; formulas, defaults and who differs stand there.
 *
 * @param inputs log-probs of B pairs; `pairLogProbs` makes them from tokens
 * @param options which loss, its options, and `pairCount` of the whole batch so that micro-batches add up. Default
 *   `{ loss: 'sigmoid' }`
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown loss or an option out of range
 * @example
 * ```ts
 * const inputs = {
 *   chosenLogProbs: tf.tensor1d([-8]),
 *   rejectedLogProbs: tf.tensor1d([-12]),
 *   referenceChosenLogProbs: tf.tensor1d([-10]),
 *   referenceRejectedLogProbs: tf.tensor1d([-10]),
 * };
 * dpoLoss(inputs, { loss: 'hinge', beta: 0.125 }).loss.arraySync(); // => 0.5
 * dpoLoss(inputs).metrics.rewardMargin.arraySync().toFixed(2); // => '0.40'
 * ```
 */
export function dpoLoss(inputs: PairInputs, options: DpoOptions & PairCounts = { loss: 'sigmoid' }): PairLossResult {
  const { loss } = options;
  if (!Object.hasOwn(dpoLosses, loss)) {
    throw new RangeError(`dpoLoss: unknown loss ${String(loss)}; known: ${Object.keys(dpoLosses).join(', ')}`);
  }
  return (dpoLosses[loss] as PairLoss<object>)(inputs, options);
}

/** One loss of a mixture. */
export type MixedDpoTerm = DpoOptions & {
  /** Default 1. */
  readonly weight?: number;
};

/** Options of `mixedDpoLoss`. */
export interface MixedDpoOptions extends PairCounts {
  /** At least one. */
  readonly terms: readonly MixedDpoTerm[];
  /** Tokens of the chosen completions of the whole batch, for a term `sft`. Default: the sum of `chosenLengths`. */
  readonly tokenCount?: Count;
}

/**
 * Several losses of the same pairs, weighted and added: `L = Σ_k w_k·L_k`.
 *
 * MPO, arXiv:2411.10442, is 0.8 `sigmoid` + 0.2 `bco_pair` + 1 `sft`; NeMo-RL's DPO is `sigmoid` with a share of `sft`.
 *
 * @returns the loss, and what the first term measured
 * @throws ShapeError when shapes differ
 * @throws RangeError without terms, or as `dpoLoss`
 * @example
 * ```ts
 * const zero = tf.tensor1d([0]);
 * const inputs = {
 *   chosenLogProbs: zero,
 *   rejectedLogProbs: zero,
 *   referenceChosenLogProbs: zero,
 *   referenceRejectedLogProbs: zero,
 * };
 * const terms = [{ loss: 'hinge', weight: 0.5 }, { loss: 'apo_zero', weight: 2 }] as const;
 * mixedDpoLoss(inputs, { terms }).loss.arraySync(); // => 2.5
 * ```
 */
export function mixedDpoLoss(inputs: PairInputs, options: MixedDpoOptions): PairLossResult {
  const { terms, ...counts } = options;
  return tf.tidy(() => {
    const results = terms.map((term) => {
      const { loss, metrics } = dpoLoss(inputs, { ...term, ...counts });
      return { loss: tf.mul(loss, term.weight ?? 1), metrics };
    });
    const [first] = results;
    if (first === undefined) throw new RangeError('mixedDpoLoss: terms must not be empty');
    return { loss: tf.addN(results.map(({ loss }) => loss)), metrics: first.metrics } as never;
  });
}
