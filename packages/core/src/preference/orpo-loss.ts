import { tf } from '@rlloom/tensor';
import { offTape } from '../tensors/off-tape.ts';
import { type BetaOptions, checkBeta } from './dpo-pair-loss.ts';
import { logSigmoid } from './log-sigmoid.ts';
import { type NllTerm, withNll } from './nll-term.ts';
import { type PairCounts, type PairLoss, type PairMetrics, type PolicyPairs, pairLoss, pairMean } from './pair-loss.ts';

/** Options of `orpoLoss`. */
export interface OrpoOptions extends BetaOptions, NllTerm {}

/** What `orpoLoss` measures beside rewards `β·log p̄`. */
export interface OrpoMetrics extends PairMetrics {
  /** Mean log of the odds ratio. */
  readonly logOdds: tf.Scalar;
  /** Mean `log σ` of it: the preference loss without β. */
  readonly logOddsRatio: tf.Scalar;
}

/** A result of `orpoLoss`. */
export interface OrpoResult {
  readonly loss: tf.Scalar;
  readonly metrics: OrpoMetrics;
}

/** Averages above this count as this: a probability of exactly 1 has no odds. */
const largestLogProb = -1e-7;

/**
 * ORPO: `L = nllWeight · chosenNll − β·log σ(o)`, with the log odds ratio of the **averaged** log-probs
 * (`sequenceLogProbs(…, 'mean')`) `o = log p̄_c − log p̄_r − (log(1 − p̄_c) − log(1 − p̄_r))`.
 *
 * Log-probs above −1e-7 count as −1e-7 and get no gradient, completions without tokens among them; TRL's gradient is
 * not finite there. TRL takes `chosenNll` over prompt and completion.
 *
 * ORPO, arXiv:2403.07691; β is its λ.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a negative count
 * @example
 * ```ts
 * const inputs = { chosenLogProbs: tf.log(tf.tensor1d([0.75])), rejectedLogProbs: tf.log(tf.tensor1d([0.5])) };
 * const { loss, metrics } = orpoLoss(inputs, { beta: 1, chosenNll: tf.scalar(1) });
 * loss.arraySync().toFixed(4); // => '1.2877'
 * metrics.logOdds.arraySync().toFixed(4); // => '1.0986'
 * ```
 */
export const orpoLoss: PairLoss<OrpoOptions, PolicyPairs, OrpoResult> = withOdds(
  pairLoss('orpoLoss', (given, options) => {
    const beta = checkBeta('orpoLoss', options);
    return {
      losses: tf.mul(logSigmoid(oddsOf(given)), -beta),
      chosenRewards: tf.mul(given.chosenLogProbs, beta),
      rejectedRewards: tf.mul(given.rejectedLogProbs, beta),
    };
  }),
);

function withOdds(preference: PairLoss<OrpoOptions, PolicyPairs>): PairLoss<OrpoOptions, PolicyPairs, OrpoResult> {
  const loss = (inputs: PolicyPairs, options: OrpoOptions & PairCounts = {}): OrpoResult =>
    tf.tidy(() => {
      const { loss: preferenceLoss, metrics } = preference(inputs, options);
      const measured = (terms: (odds: tf.Tensor1D) => tf.Tensor1D) =>
        offTape(() => pairMean(terms(oddsOf(inputs)), inputs, options.pairCount));
      return {
        loss: withNll(preferenceLoss, options),
        metrics: { ...metrics, logOdds: measured((odds) => odds), logOddsRatio: measured((odds) => logSigmoid(odds)) },
      } as never;
    });
  return Object.assign(loss, { perPair: preference.perPair });
}

function oddsOf({ chosenLogProbs, rejectedLogProbs }: PolicyPairs): tf.Tensor1D {
  return tf.sub<tf.Tensor1D>(logOdds(chosenLogProbs), logOdds(rejectedLogProbs));
}

/** `log p − log(1 − p)`. */
function logOdds(logProbs: tf.Tensor1D): tf.Tensor1D {
  const below = tf.minimum(logProbs, largestLogProb);
  return tf.sub(below, log1mExp(below));
}

/** `log(1 − e^x)` of x below 0, exact at both ends. */
function log1mExp(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((given, save) => {
    const input = given as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    const near = tf.log(tf.neg(tf.expm1(input)));
    const far = tf.log1p(tf.neg(tf.exp(input)));
    return {
      value: tf.where(tf.greater(input, -Math.LN2), near, far),
      gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) =>
        tf.neg(tf.div(upstream, tf.expm1(tf.neg(saved[0] as tf.Tensor)))),
    };
  })(x);
}
