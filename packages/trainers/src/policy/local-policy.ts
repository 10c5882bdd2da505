import type { CausalLanguageModel, LoraAdapter } from '@rlloom/models';
import {
  type ForwardBackwardResult,
  type LossDescription,
  type Metrics,
  type OptimizerStepParameters,
  type Policy,
  RlloomError,
  type TrainingBatch,
  type TrainingSequence,
} from '@rlloom/spec';
import {
  addTrees,
  applyUpdates,
  disposeTree,
  globalNorm,
  type GradientTransform,
  optimizerStep,
  type ParameterTree,
  tf,
  type TransformState,
  valueAndGradients,
} from '@rlloom/tensor';
import { resolveLoss } from '../losses/loss-catalogue.ts';
import type { BatchCounts, LossFunction } from '../losses/loss-inputs.ts';
import {
  type BatchTensors,
  disposeBatchTensors,
  scatterToSequences,
  toBatchTensors,
  trainedPositions,
} from './batch-tensors.ts';
import { splitIntoMicroBatches } from './micro-batches.ts';
import { readPolicyState, writePolicyState } from './policy-state.ts';
import { forwardTrained, sequenceLogProbs } from './sequence-log-probs.ts';
import { type TrainedWeights, trainedWeights } from './trained-weights.ts';

/** Options of `createLocalPolicy`. */
export interface LocalPolicyOptions {
  /** Trained in place: its parameters are replaced at each optimizer step. Frozen where there is an adapter. */
  readonly model: CausalLanguageModel;
  /** Trained in place instead of the model. */
  readonly adapter?: LoraAdapter;
  /** Which parameters train, by name: of the adapter if there is one, else of the model. Default: all. */
  readonly trains?: (name: string) => boolean;
  /** E.g. `chain(clipByGlobalNorm(1), adamW({...}))`. */
  readonly optimizer: GradientTransform;
  /** Divides logits, as in sampling. Default 1. */
  readonly temperature?: number;
  /** Padded tokens per forward-backward pass. Default 4096. */
  readonly maxTokensPerMicroBatch?: number;
  /** Layers forget their activations and run again for the gradient: less memory, same gradient. Default false. */
  readonly gradientCheckpointing?: boolean;
  readonly padTokenId: number;
  /** Folder whose tokenizer files are copied into saved states. */
  readonly tokenizerDirectory?: string;
}

/** A policy in this process: the primitives of `Policy` over a model's tensors. */
export interface LocalPolicy extends Policy {
  /** As `Policy.forwardBackward`, but also takes a loss written as a function. */
  forwardBackward(batch: TrainingBatch, loss: LossDescription | LossFunction): Promise<ForwardBackwardResult>;
  /** Frees optimizer state and pending gradients; the model stays. */
  dispose(): void;
}

/**
 * Trains a model in this process. Micro-batches are formed by length; the loss is normalised by the counts of
 * the whole batch, so `maxTokensPerMicroBatch` changes memory and speed, never the gradient. Gradients and optimizer
 * state exist only for what trains.
 *
 * @throws RlloomError `config` when nothing would train, or for an adapter with dropout
 * @throws RlloomError `health` from `optimizerStep` when the gradient is not finite (nothing is applied)
 */
export function createLocalPolicy(options: LocalPolicyOptions): LocalPolicy {
  const { model, adapter, optimizer, temperature = 1, maxTokensPerMicroBatch = 4096, padTokenId } = options;
  const { gradientCheckpointing = false } = options;
  const trained = trainedWeights(options);
  let optimizerState = optimizer.init(trained.parameters);
  let accumulated: ParameterTree | undefined;
  let version = 0;

  return {
    get version() {
      return version;
    },

    logProbs: (batch) => sequenceLogProbs(trained.weights, batch, { temperature, maxTokensPerMicroBatch, padTokenId }),

    async forwardBackward(batch, loss) {
      const lossFunction = typeof loss === 'function' ? loss : resolveLoss(loss).compute;
      const counts = countTrained(batch);
      const metrics = new Map<string, number>();
      const logProbs: Float32Array[] = batch.sequences.map((sequence) => new Float32Array(sequence.tokens.length));
      for (const indices of splitIntoMicroBatches(batch.sequences, maxTokensPerMicroBatch, counts.groupSize)) {
        const sequences = indices.map((index) => batch.sequences[index] as TrainingSequence);
        const tensors = toBatchTensors(sequences, padTokenId);
        const pass = microBatchGradients(trained, tensors, {
          lossFunction,
          counts,
          temperature,
          gradientCheckpointing,
        });
        disposeBatchTensors(tensors);
        accumulated = accumulated === undefined ? pass.gradients : addInPlaceOf(accumulated, pass.gradients);
        for (const [name, value] of Object.entries(await readScalars(pass.metrics))) {
          metrics.set(name, (metrics.get(name) ?? 0) + value);
        }
        const values = (await pass.logProbs.data()) as Float32Array;
        pass.logProbs.dispose();
        scatterToSequences(sequences, values).forEach((spread, row) => {
          logProbs[indices[row] as number] = spread;
        });
      }
      return { metrics: Object.fromEntries(metrics), logProbs };
    },

    async optimizerStep(parameters: OptimizerStepParameters): Promise<Metrics> {
      if (accumulated === undefined) return { gradient_norm: 0 };
      const gradients = accumulated;
      accumulated = undefined;
      const norm = tf.tidy(() => globalNorm(gradients));
      const gradientNorm = (await norm.data())[0] ?? Number.NaN;
      norm.dispose();
      if (!Number.isFinite(gradientNorm)) {
        disposeTree(gradients);
        throw new RlloomError('health', {
          what: `the gradient is not finite (norm ${gradientNorm})`,
          where: `optimizer step ${version + 1}`,
          fix: 'lower actor.learning_rate, or look at the loss and rewards of this step; the weights were not changed',
        });
      }
      const { updates, state } = optimizerStep(optimizer, optimizerState, {
        gradients,
        parameters: trained.parameters,
        learningRate: parameters.learningRate,
      });
      trained.replace(applyUpdates(trained.parameters, updates));
      disposeTree(updates);
      optimizerState = state;
      version += 1;
      return { gradient_norm: gradientNorm, learning_rate: parameters.learningRate };
    },

    weights: () => ({ kind: 'shared', version }),

    async saveState(directory) {
      await writePolicyState({
        directory,
        model,
        adapter,
        optimizerState,
        version,
        tokenizerDirectory: options.tokenizerDirectory,
      });
    },

    async loadState(directory) {
      const state = await readPolicyState(directory, { model, adapter, optimizerState });
      (adapter ?? model).setParameters(state.parameters);
      disposeState(optimizerState);
      optimizerState = state.optimizerState;
      version = state.version;
    },

    dispose() {
      disposeState(optimizerState);
      if (accumulated !== undefined) disposeTree(accumulated);
      accumulated = undefined;
    },
  };
}

/** What the losses of a batch divide by. */
function countTrained(batch: TrainingBatch): BatchCounts {
  const { groupSize = 1 } = batch;
  const perSequence = batch.sequences.map((sequence) => trainedPositions(sequence).length);
  return {
    tokenCount: perSequence.reduce((sum, count) => sum + count, 0),
    sequenceCount: perSequence.filter((count) => count > 0).length,
    groupSize,
    groupCount: perSequence.length / groupSize,
    placeTokenCounts: Array.from({ length: groupSize }, (_, place) =>
      perSequence.reduce((sum, count, index) => (index % groupSize === place ? sum + count : sum), 0),
    ),
  };
}

function microBatchGradients(
  trained: TrainedWeights,
  tensors: BatchTensors,
  options: { lossFunction: LossFunction; counts: BatchCounts; temperature: number; gradientCheckpointing: boolean },
) {
  const { value, aux, gradients } = valueAndGradients((parameters) => {
    const output = forwardTrained(trained.complete(parameters), tensors, {
      temperature: options.temperature,
      gradientCheckpointing: options.gradientCheckpointing,
      trainsOutput: trained.trainsOutput,
    });
    const { loss, metrics } = options.lossFunction({
      ...output,
      ...tensors.fields,
      mask: tensors.mask,
      counts: options.counts,
    });
    return { value: loss, aux: { ...metrics, logProbs: output.logProbs } };
  }, trained.parameters);
  const { logProbs, ...metrics } = aux as Record<string, tf.Tensor> & { logProbs: tf.Tensor };
  return { gradients, logProbs, metrics: { ...metrics, loss: value } };
}

async function readScalars(scalars: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, number>> {
  const entries: [string, number][] = [];
  for (const [name, scalar] of Object.entries(scalars)) {
    entries.push([name, (await scalar.data())[0] ?? Number.NaN]);
    scalar.dispose();
  }
  return Object.fromEntries(entries);
}

function addInPlaceOf(sum: ParameterTree, more: ParameterTree): ParameterTree {
  const total = addTrees(sum, more);
  disposeTree(sum);
  disposeTree(more);
  return total;
}

function disposeState(state: TransformState): void {
  disposeTree(state.tensors);
}
