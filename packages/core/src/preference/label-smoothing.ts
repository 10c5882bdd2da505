import { tf } from '@rlloom/tensor';
import { logSigmoid } from './log-sigmoid.ts';

/** Options of the losses that doubt their labels. */
export interface LabelSmoothingOptions {
  /** ε, the probability that chosen and rejected are swapped. From 0, below 1. Default 0. */
  readonly labelSmoothing?: number;
}

/** `−(1−ε)·log σ(h) − ε·log σ(−h)`; without ε no second term is computed. */
export function smoothedLogistic(logits: tf.Tensor, labelSmoothing: number): tf.Tensor {
  const straight = tf.neg(logSigmoid(logits));
  if (labelSmoothing === 0) return straight;
  const swapped = tf.neg(logSigmoid(tf.neg(logits)));
  return tf.add(tf.mul(straight, 1 - labelSmoothing), tf.mul(swapped, labelSmoothing));
}

/** ε of the options, checked. */
export function checkLabelSmoothing(name: string, { labelSmoothing = 0 }: LabelSmoothingOptions, below = 1): number {
  if (labelSmoothing >= 0 && labelSmoothing < below) return labelSmoothing;
  throw new RangeError(`${name}: labelSmoothing must be from 0 to below ${below}, given ${labelSmoothing}`);
}
