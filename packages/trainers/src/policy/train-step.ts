import type { tf, TransformState } from '@rlloom/tensor';
import type { BatchCounts, LossFunction } from '../losses/loss-inputs.ts';
import type { BatchTensors } from './batch-tensors.ts';

/** A loss to run on a batch. */
export interface LossToRun {
  readonly compute: LossFunction;
  /** Options of the loss that may change from step to step. */
  readonly coefficients: Readonly<Record<string, number>>;
  /** Equal for losses that are one function but for their coefficients. */
  readonly key: string | LossFunction;
  /** Whether the loss has a gradient for the entropies. */
  readonly trainsEntropy: boolean;
  readonly counts: NumericCounts;
}

/** Counts of a batch as numbers. */
export type NumericCounts = { readonly [Name in keyof BatchCounts]: AsNumbers<BatchCounts[Name]> };
type AsNumbers<Value> = Value extends readonly unknown[] ? readonly number[] : number;

/** Log-probs and entropies of the trained tokens, `[B,R]` each; the caller owns them. */
export type TrainedOutput = { readonly logProbs: tf.Tensor2D; readonly entropies: tf.Tensor2D };

/** What one micro-batch gives beside its gradient; the caller owns the tensors. */
export interface PassOutput {
  readonly metrics: Readonly<Record<string, tf.Tensor>>;
  /** `[B,R]` */
  readonly logProbs: tf.Tensor2D;
}

/** The computations of a policy: operation by operation, or as compiled functions over variables. */
export interface TrainStep {
  /** Whether each new shape of a batch costs a compilation. */
  readonly roundsShapes: boolean;
  forward(batch: BatchTensors): Promise<TrainedOutput>;
  /** Adds the gradient of a micro-batch to the sum. */
  forwardBackward(batch: BatchTensors, loss: LossToRun): Promise<PassOutput>;
  /** The norm of the gradient's sum, `undefined` where there is none. */
  gradientNorm(): Promise<number | undefined>;
  /** Moves the weights along the gradient's sum and forgets it. */
  apply(learningRate: number): Promise<void>;
  /** Forgets the gradient's sum. */
  discard(): void;
  /** The state of the optimizer, for the time that `use` takes. */
  withOptimizerState<Result>(use: (state: TransformState) => Promise<Result>): Promise<Result>;
  /** Takes over another state of the optimizer. */
  restore(state: TransformState): void;
  /** Frees the optimizer's state and the gradient's sum. */
  dispose(): void;
}
