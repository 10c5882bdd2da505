import type { WeightSource } from './engine.ts';

/**
 * One sequence of a training batch. Arrays have length T = `tokens.length`; entry t speaks of
 * token t, predicted from tokens before it (entry 0 is never trained).
 */
export interface TrainingSequence {
  readonly tokens: Int32Array;
  /** 1 where the loss counts the token. `[T]` */
  readonly lossMask: Uint8Array;
  /** `[T]` */
  readonly advantages?: Float32Array;
  /** Log-probs recomputed by the trainer before the update. `[T]` */
  readonly oldLogProbs?: Float32Array;
  /** Log-probs of the frozen reference policy. `[T]` */
  readonly referenceLogProbs?: Float32Array;
  /** Log-probs as the rollout engine reported them. `[T]` */
  readonly rolloutLogProbs?: Float32Array;
  /** Constant factors of the loss of each token, that correct for the policy that sampled. `[T]` */
  readonly importanceWeights?: Float32Array;
}

/** What a policy is trained on: ragged sequences, plain arrays. */
export interface TrainingBatch {
  readonly sequences: readonly TrainingSequence[];
  /**
   * Sequences that a loss compares with one another stand side by side, this many at a time: 2 for pairs. They are
   * never parted. Default 1.
   */
  readonly groupSize?: number;
}

/** A loss by name with its options: plain data, so that it can cross to another process. */
export interface LossDescription {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Scalars by name. */
export type Metrics = Readonly<Record<string, number>>;

/** What a forward-backward pass gives beside the gradient it accumulates. */
export interface ForwardBackwardResult {
  /** The loss under `loss` and whatever the loss measures, each over the whole batch. */
  readonly metrics: Metrics;
  /** Log-probs of the trained tokens before the update, 0 elsewhere. One `[T]` per sequence. */
  readonly logProbs: Float32Array[];
}

/** What one optimizer step needs to know. */
export interface OptimizerStepParameters {
  readonly learningRate: number;
}

/**
 * The primitives under every trainer (after Tinker's four), so that a trainer can drive weights in this
 * process or in a cluster alike.
 */
export interface Policy {
  /** Counts optimizer steps; rises by one in each `optimizerStep`. */
  readonly version: number;
  /** Log-prob of every token given those before it, at the policy's temperature; entry 0 is 0. One `[T]` per sequence. */
  logProbs(batch: TrainingBatch): Promise<{ readonly logProbs: Float32Array[]; readonly entropies: Float32Array[] }>;
  /**
   * Adds the gradient of the loss over `batch` to the gradient accumulator. Normalisation uses the counts
   * of the whole batch, so splitting it into micro-batches changes nothing.
   */
  forwardBackward(batch: TrainingBatch, loss: LossDescription): Promise<ForwardBackwardResult>;
  /** Clips, applies and clears the accumulated gradient. */
  optimizerStep(parameters: OptimizerStepParameters): Promise<Metrics>;
  /** Where engines find the present weights. */
  weights(): WeightSource;
  /** Weights, optimizer state and counters, written atomically. */
  saveState(directory: string): Promise<void>;
  /** Continues from what `saveState` wrote: the next step equals the one that would have followed the save. */
  loadState(directory: string): Promise<void>;
}
