import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';
import { evenMaximum, evenMinimum } from '../tensors/ties.ts';
import { type AggregationOptions, aggregateLoss } from './aggregate-loss.ts';
import { tokenShare } from './token-share.ts';

/** Inputs of `clippedValueLoss`, each `[B,T]`. */
export interface ValueLossInputs {
  /** Values under the critic being trained; carries the gradient. */
  readonly values: tf.Tensor2D;
  /** Values before this update. */
  readonly oldValues: tf.Tensor2D;
  /** What the values should be. */
  readonly returns: tf.Tensor2D;
  /** 1 on trained tokens. */
  readonly mask: tf.Tensor2D;
}

/** Options of `clippedValueLoss`. */
export interface ValueLossOptions {
  /** How far a value may move from its old one, from 0; `null` for no clip. Default 0.5 (verl). */
  readonly clipRange?: number | null;
  /** Errors beyond this count linearly (Huber); `null` for squared errors throughout. AReaL has 10. Default `null`. */
  readonly huberDelta?: number | null;
  /** Weight of the loss. Default 0.5 (verl, OpenRLHF, TRL, AReaL, ROLL); slime has 1, NeMo-RL takes it as an option. */
  readonly scale?: number;
  /** How token losses become one number. */
  readonly aggregation: AggregationOptions;
}

/**
 * The clipped loss of a critic: `½ · max(e(V), e(clip(V, V_old − c, V_old + c)))`, `e(v) = (v − R)²`, aggregated. With
 * `huberDelta` δ, `e(v) = δ·(2|v − R| − δ)` where `|v − R| > δ`.
 *
 * Who differs: verl, OpenRLHF, TRL, AReaL and ROLL have the factor ½, slime has not; ROLL averages per sequence first;
 * AReaL does not clip by default.
 *
 * PPO, arXiv:1707.06347 (the clip is of its first implementation).
 *
 * @returns the loss, and the share of trained tokens whose clipped branch was larger; with `aggregation.tokenCount`
 * given it adds up over micro-batches
 * @throws ShapeError when shapes differ
 * @throws RangeError for a clip range below 0 or a δ that is not positive
 * @example
 * ```ts
 * const inputs = {
 *   values: tf.tensor2d([[3]]),
 *   oldValues: tf.tensor2d([[1]]),
 *   returns: tf.tensor2d([[4]]),
 *   mask: tf.ones<tf.Rank.R2>([1, 1]),
 * };
 * clippedValueLoss(inputs, { aggregation: { mode: 'token-mean' } }).loss.arraySync(); // => 3.125
 * ```
 */
export function clippedValueLoss(
  inputs: ValueLossInputs,
  options: ValueLossOptions,
): { readonly loss: tf.Scalar; readonly metrics: { readonly clipFraction: tf.Scalar } } {
  const { values, oldValues, returns, mask } = inputs;
  checkTokenTensors('clippedValueLoss', { values, oldValues, returns, mask });
  const { clipRange = 0.5, huberDelta = null, scale = 0.5, aggregation } = options;
  if (clipRange !== null && !(clipRange >= 0)) {
    throw new RangeError(`clippedValueLoss: clipRange must not be negative, given ${clipRange}`);
  }
  if (huberDelta !== null && !(huberDelta > 0)) {
    throw new RangeError(`clippedValueLoss: huberDelta must be above 0, given ${huberDelta}`);
  }
  return tf.tidy(() => {
    const trained = (given: tf.Tensor2D) => selectUnmasked(given, mask);
    const [kept, old, target] = [trained(values), trained(oldValues), trained(returns)];
    const plainLoss = distance(tf.sub(kept, target), huberDelta);
    const clippedLoss =
      clipRange === null ? plainLoss : distance(tf.sub(near(old, kept, clipRange), target), huberDelta);
    const tokenLoss = tf.mul<tf.Tensor2D>(evenMaximum(plainLoss, clippedLoss), scale);
    return {
      loss: aggregateLoss(tokenLoss, mask, aggregation),
      metrics: { clipFraction: tokenShare(tf.greater(clippedLoss, plainLoss), mask, aggregation) },
    };
  });
}

function near(center: tf.Tensor, values: tf.Tensor, range: number): tf.Tensor {
  return evenMaximum(evenMinimum(values, tf.add(center, range)), tf.sub(center, range));
}

// Huber as a square and a line whose two parts each have the right gradient: |e| = within + beyond.
function distance(error: tf.Tensor, huberDelta: number | null): tf.Tensor {
  if (huberDelta === null) return tf.square(error);
  const within = tf.clipByValue(error, -huberDelta, huberDelta);
  const beyond = tf.sub(tf.mul(error, tf.sign(error)), huberDelta);
  return tf.add(tf.square(within), tf.mul(tf.relu(beyond), 2 * huberDelta));
}
