import { tf } from '@rlloom/tensor';
import { maskedMean } from '../masking/masked-mean.ts';
import { stopGradient } from '../tensors/stop-gradient.ts';
import { importanceRatio } from './importance-ratio.ts';
import type { TokenInputs } from './policy-loss.ts';

/** Options of the choice that `clipCovLoss` makes. */
export interface ClipCovSelectionOptions {
  /** Share of the trained tokens to take out of training, at least one. Above 0. Default 2e-4. */
  readonly selectedFraction?: number;
  /** A candidate's covariance is above this. Default 1. */
  readonly covarianceLow?: number;
  /** A candidate's covariance is below this. Default 5. */
  readonly covarianceHigh?: number;
  /** As in `clippedPolicyLoss`: tokens that are clipped already are no candidates. Default 0.2. */
  readonly clipRatioLow?: number;
  /** Default 0.2. */
  readonly clipRatioHigh?: number;
}

/** What tokens are chosen from, `[B,T]` each and 0 at masked places. */
export type SelectionInputs = Pick<TokenInputs, 'logProbs' | 'oldLogProbs' | 'advantages' | 'mask'>;

/**
 * The covariance of advantage and log-prob that each token contributes: `(A − mean A)·(log π − mean log π)`, means over
 * unmasked tokens. Large where a likely token is rewarded further, which is what collapses entropy.
 *
 * arXiv:2505.22617.
 *
 * @returns `[B,T]`, a constant
 */
export function tokenCovariance({ logProbs, advantages, mask }: Omit<SelectionInputs, 'oldLogProbs'>): tf.Tensor2D {
  return tf.tidy(() => {
    const centred = (values: tf.Tensor2D) => tf.sub(values, maskedMean(values, mask));
    return stopGradient(tf.mul<tf.Tensor2D>(centred(advantages), centred(logProbs)));
  });
}

/**
 * Tokens that `clipCovLoss` takes out of training: of those whose covariance lies between the bounds and that are not
 * clipped already, `max(1, ⌊selectedFraction·tokens⌋)`, those with the smallest of `uniforms`.
 *
 * @param uniforms random numbers `[B,T]` that make the choice; without them the first candidates are taken
 * @returns `[B,T]`, 1 where chosen
 * @throws RangeError for a fraction that is not above 0
 */
export function selectClipCovTokens(
  inputs: SelectionInputs,
  options: ClipCovSelectionOptions = {},
  uniforms?: tf.Tensor2D,
): tf.Tensor2D {
  const { selectedFraction = 2e-4, covarianceLow = 1, covarianceHigh = 5 } = options;
  const { clipRatioLow = 0.2, clipRatioHigh = 0.2 } = options;
  return tf.tidy(() => {
    const covariance = tokenCovariance(inputs);
    const ratio = stopGradient(importanceRatio(inputs).ratio);
    const cost = tf.neg(inputs.advantages);
    const clipped = tf.greater(
      tf.mul(cost, tf.clipByValue(ratio, 1 - clipRatioLow, 1 + clipRatioHigh)),
      tf.mul(cost, ratio),
    );
    const between = tf.logicalAnd(tf.greater(covariance, covarianceLow), tf.less(covariance, covarianceHigh));
    const candidates = tf.logicalAnd(between, tf.logicalAnd(tf.notEqual(inputs.mask, 0), tf.logicalNot(clipped)));
    const order = uniforms === undefined ? tf.zerosLike(covariance) : tf.neg(uniforms);
    return largest(order, candidates, selectedCount('selectClipCovTokens', inputs.mask, selectedFraction));
  });
}

/**
 * Tokens that `klCovLoss` holds back: the `max(1, ⌊selectedFraction·tokens⌋)` with the largest covariance.
 *
 * @param selectedFraction share of the trained tokens. Above 0. Default 2e-4
 * @returns `[B,T]`, 1 where chosen
 * @throws RangeError for a fraction that is not above 0
 */
export function selectKlCovTokens(inputs: Omit<SelectionInputs, 'oldLogProbs'>, selectedFraction = 2e-4): tf.Tensor2D {
  return tf.tidy(() =>
    largest(
      tokenCovariance(inputs),
      tf.notEqual(inputs.mask, 0),
      selectedCount('selectKlCovTokens', inputs.mask, selectedFraction),
    ),
  );
}

function selectedCount(caller: string, mask: tf.Tensor, fraction: number): tf.Tensor {
  if (!(fraction > 0)) throw new RangeError(`${caller}: selectedFraction must be above 0, given ${fraction}`);
  return tf.maximum(tf.floor(tf.mul(tf.sum(mask), fraction)), 1);
}

// 1 at the `count` candidates with the largest values; of equal ones the first. Without reading a value, so traceable.
function largest(values: tf.Tensor2D, candidates: tf.Tensor, count: tf.Tensor): tf.Tensor2D {
  const { size, shape } = values;
  if (size === 0) return tf.zerosLike(values);
  const flat = tf.reshape(tf.where(candidates, values, tf.fill(shape, Number.NEGATIVE_INFINITY)), [size]);
  const { indices } = tf.topk(flat, size, true);
  const eligible = tf.gather(tf.reshape(tf.cast(candidates, 'float32'), [size]), indices);
  const within = tf.cast(tf.less(tf.range(0, size, 1, 'float32'), count), 'float32');
  const chosen = tf.scatterND(tf.reshape(indices, [size, 1]), tf.mul(eligible, within), [size]);
  return tf.reshape(chosen, shape);
}
