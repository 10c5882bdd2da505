import { tf } from '@rlloom/tensor';
import { alphaRewards } from './alpha-rewards.ts';
import { type BetaOptions, checkBeta } from './dpo-pair-loss.ts';
import { checkLabelSmoothing, type LabelSmoothingOptions, smoothedLogistic } from './label-smoothing.ts';
import { type NllTerm, withNll } from './nll-term.ts';
import { type PairCounts, type PairLoss, type PairTerms, type PolicyPairs, pairLoss } from './pair-loss.ts';

/** Options of `cpoLoss`. */
export interface CpoOptions extends BetaOptions, LabelSmoothingOptions, NllTerm {
  /** Default `sigmoid`. Label smoothing acts on `sigmoid` only. */
  readonly loss?: 'sigmoid' | 'hinge' | 'ipo';
  /** α of AlphaPO's reward, `(1 − p^{−α}) / α`; 0 is the log-prob. Default 0. */
  readonly alpha?: number;
}

/**
 * CPO, DPO without a reference model: with `h = β·(log π_c − log π_r)`
 *
 * | `loss` | value |
 * | --- | --- |
 * | `sigmoid` | `−(1−ε)·log σ(h) − ε·log σ(−h)` |
 * | `hinge` | `max(0, 1 − h)` |
 * | `ipo` | `(log π_c − log π_r − 1/(2β))²` |
 *
 * plus `nllWeight · chosenNll`. Log-probs are sums over tokens, for `ipo` averages (TRL). Measured rewards are
 * `β·log π`.
 *
 * CPO, arXiv:2401.08417.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown loss, a beta that is not above 0, or a label smoothing outside [0, 1)
 * @example
 * ```ts
 * const inputs = { chosenLogProbs: tf.tensor1d([-2]), rejectedLogProbs: tf.tensor1d([-3]) };
 * const { loss } = cpoLoss(inputs, { loss: 'hinge', beta: 0.5, chosenNll: tf.scalar(2), nllWeight: 0.25 });
 * loss.arraySync(); // => 1
 * ```
 */
export const cpoLoss: PairLoss<CpoOptions, PolicyPairs> = withNllTerm(
  pairLoss('cpoLoss', (given, options) => {
    const { loss = 'sigmoid', alpha = 0 } = options;
    const beta = checkBeta('cpoLoss', options);
    const labelSmoothing = checkLabelSmoothing('cpoLoss', options);
    const rewards = rewardsOf(given, alpha);
    const margin = tf.sub<tf.Tensor1D>(rewards.chosen, rewards.rejected);
    const scaled = tf.mul<tf.Tensor1D>(margin, beta);
    const losses = () => {
      switch (loss) {
        case 'sigmoid':
          return smoothedLogistic(scaled, labelSmoothing);
        case 'hinge':
          return tf.relu(tf.sub(1, scaled));
        case 'ipo':
          return tf.square(tf.sub(margin, 1 / (2 * beta)));
        default:
          throw new RangeError(`cpoLoss: unknown loss ${String(loss)}`);
      }
    };
    return scaledTerms(losses(), rewards, beta);
  }),
);

/** Options of `simpoLoss`. */
export interface SimpoOptions extends BetaOptions, LabelSmoothingOptions, NllTerm {
  /** β. Above 0. Default 2. */
  readonly beta?: number;
  /** γ, the margin of the scaled rewards to reach. The paper's γ/β ratio times β. Default 0.5 (TRL). */
  readonly gamma?: number;
  /** α of AlphaPO's reward; 0 is the log-prob. Default 0. */
  readonly alpha?: number;
}

/**
 * SimPO: `L = −log σ(h)`, `h = β·(log π̄_c − log π̄_r) − γ` with log-probs **averaged** per token
 * (`sequenceLogProbs(…, 'mean')`), smoothed as in `cpoLoss`, plus `nllWeight · chosenNll` (CPO-SimPO).
 *
 * Who differs: TRL's `cpo_alpha` (here `nllWeight`) is 1 unless set; here there is no such term unless `chosenNll` is
 * given. The metrics' rewards are `β·log π̄`, without γ.
 *
 * SimPO, arXiv:2405.14734.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a label smoothing outside [0, 1)
 * @example
 * ```ts
 * const inputs = { chosenLogProbs: tf.tensor1d([-1]), rejectedLogProbs: tf.tensor1d([-1.25]) };
 * simpoLoss(inputs, { beta: 2, gamma: 0.5 }).loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const simpoLoss: PairLoss<SimpoOptions, PolicyPairs> = marginLoss('simpoLoss', 0);

/**
 * AlphaPO: SimPO with the reward `(1 − π̄^{−α}) / α` of the average probability in place of its logarithm; α is 0.25
 * unless given.
 *
 * AlphaPO, arXiv:2501.03884.
 *
 * @throws ShapeError when shapes differ
 * @throws RangeError for a beta that is not above 0, or a label smoothing outside [0, 1)
 * @example
 * ```ts
 * const inputs = { chosenLogProbs: tf.tensor1d([0]), rejectedLogProbs: tf.tensor1d([Math.log(0.0625)]) };
 * alphapoLoss(inputs, { beta: 1, gamma: 4, alpha: 0.25 }).loss.arraySync().toFixed(4); // => '0.6931'
 * ```
 */
export const alphapoLoss: PairLoss<SimpoOptions, PolicyPairs> = marginLoss('alphapoLoss', 0.25);

function marginLoss(name: string, defaultAlpha: number): PairLoss<SimpoOptions, PolicyPairs> {
  return withNllTerm(
    pairLoss<SimpoOptions, PolicyPairs>(name, (given, options) => {
      const { gamma = 0.5, alpha = defaultAlpha } = options;
      const beta = checkBeta(name, { beta: options.beta ?? 2 });
      const rewards = rewardsOf(given, alpha);
      const logits = tf.sub(tf.mul(tf.sub(rewards.chosen, rewards.rejected), beta), gamma);
      return scaledTerms(smoothedLogistic(logits, checkLabelSmoothing(name, options)), rewards, beta);
    }),
  );
}

interface Rewards {
  readonly chosen: tf.Tensor1D;
  readonly rejected: tf.Tensor1D;
}

function rewardsOf({ chosenLogProbs, rejectedLogProbs }: PolicyPairs, alpha: number): Rewards {
  return { chosen: alphaRewards(chosenLogProbs, alpha), rejected: alphaRewards(rejectedLogProbs, alpha) };
}

function scaledTerms(losses: tf.Tensor, { chosen, rejected }: Rewards, beta: number): PairTerms {
  return {
    losses: losses as tf.Tensor1D,
    chosenRewards: tf.mul(chosen, beta),
    rejectedRewards: tf.mul(rejected, beta),
  };
}

function withNllTerm<Options extends NllTerm>(
  preference: PairLoss<Options, PolicyPairs>,
): PairLoss<Options, PolicyPairs> {
  const loss = (inputs: PolicyPairs, options?: Options & PairCounts) =>
    tf.tidy(() => {
      const { loss: preferenceLoss, metrics } = preference(inputs, options);
      return { loss: withNll(preferenceLoss, options ?? {}), metrics } as never;
    });
  return Object.assign(loss, { perPair: preference.perPair });
}
