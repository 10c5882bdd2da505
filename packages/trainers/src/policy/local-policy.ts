import type { CausalLanguageModel, LoraAdapter } from '@rlloom/models';
import {
  type ForwardBackwardResult,
  type LossDescription,
  type Metrics,
  type OptimizerStepParameters,
  type Policy,
  RlloomError,
  type TrainingBatch,
} from '@rlloom/spec';
import { type GradientTransform, type tf } from '@rlloom/tensor';
import { resolveLoss } from '../losses/loss-catalogue.ts';
import type { LossFunction } from '../losses/loss-inputs.ts';
import { forEachPass, packBatch } from './batch-passes.ts';
import { scatterToSequences } from './batch-tensors.ts';
import { createCompiledTrainStep } from './compiled-train-step.ts';
import { countTrained } from './count-trained.ts';
import { createEagerTrainStep } from './eager-train-step.ts';
import { paddingFraction } from './micro-batches.ts';
import { readPolicyState, writePolicyState } from './policy-state.ts';
import { type CompileOptions, isCompiled } from './products.ts';
import { logProbsOf } from './sequence-log-probs.ts';
import type { LossToRun, TrainStep } from './train-step.ts';
import { trainedWeights } from './trained-weights.ts';

/** Options of `createLocalPolicy`. */
export interface LocalPolicyOptions extends CompileOptions {
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
 * Trains a model in this process: on a backend with graphs by compiled functions over the variables of the model's
 * program, else operation by operation, with the same numbers but for rounding. Sequences are packed into rows and rows into micro-batches; the loss is normalised by
 * the counts of the whole batch, so `maxTokensPerMicroBatch` changes memory and speed, never the gradient. Gradients and
 * optimizer state exist only for what trains.
 *
 * A loss given as a function is compiled once for each function: give the same one each time.
 *
 * `forwardBackward` also measures `padding_fraction`: the part of the places in its rows that held no token.
 *
 * @throws RlloomError `config` when nothing would train, for an adapter with dropout, or for bfloat16 where there are no graphs
 * @throws RlloomError `health` from `optimizerStep` when the gradient is not finite (nothing is applied)
 */
export function createLocalPolicy(options: LocalPolicyOptions): LocalPolicy {
  const { model, adapter, temperature = 1, gradientCheckpointing = false, products = 'float32' } = options;
  const trained = trainedWeights(options);
  const { trainsOutput, names } = trained;
  const pass = { temperature, gradientCheckpointing, trainsOutput };
  if (!isCompiled(options)) return policyOver(createEagerTrainStep(trained, options.optimizer, pass), options);
  const { optimizer } = options;
  return policyOver(createCompiledTrainStep({ model, adapter, names, optimizer, products, ...pass }), options);
}

/** A policy that computes with a given step. */
export function policyOver(
  step: TrainStep,
  options: Pick<
    LocalPolicyOptions,
    'model' | 'adapter' | 'maxTokensPerMicroBatch' | 'padTokenId' | 'tokenizerDirectory'
  >,
): LocalPolicy {
  const { model, adapter, maxTokensPerMicroBatch = 4096, padTokenId } = options;
  const packing = { config: model.config, maxTokensPerMicroBatch, padTokenId, roundsShapes: step.roundsShapes };
  let version = 0;

  return {
    get version() {
      return version;
    },

    logProbs: (batch) => logProbsOf(batch, { ...packing, forward: (tensors) => step.forward(tensors) }),

    async forwardBackward(batch, loss) {
      const toRun = { ...asResolved(loss), counts: countTrained(batch) };
      const metrics = new Map<string, number>();
      const logProbs: Float32Array[] = [];
      const microBatches = packBatch(batch, packing);
      // A loss of the catalogue gives a sequence without trained tokens no weight; of a function that is not known.
      const passes = { ...packing, microBatches, mayAddSequences: typeof loss !== 'function' };
      await forEachPass(batch, passes, async ({ indices, sequences, tensors }) => {
        const pass = await step.forwardBackward(tensors, toRun);
        for (const [name, value] of Object.entries(await readScalars(pass.metrics))) {
          metrics.set(name, (metrics.get(name) ?? 0) + value);
        }
        const values = (await pass.logProbs.data()) as Float32Array;
        pass.logProbs.dispose();
        scatterToSequences(sequences, values, tensors.mask.shape[1]).forEach((spread, row) => {
          logProbs[indices[row] as number] = spread;
        });
      });
      const padding = { padding_fraction: paddingFraction(batch.sequences, microBatches) };
      return { metrics: { ...Object.fromEntries(metrics), ...padding }, logProbs };
    },

    async optimizerStep({ learningRate }: OptimizerStepParameters): Promise<Metrics> {
      const gradientNorm = await step.gradientNorm();
      if (gradientNorm === undefined) return { gradient_norm: 0 };
      if (!Number.isFinite(gradientNorm)) {
        step.discard();
        throw new RlloomError('health', {
          what: `the gradient is not finite (norm ${gradientNorm})`,
          where: `optimizer step ${version + 1}`,
          fix: 'lower actor.learning_rate, or look at the loss and rewards of this step; the weights were not changed',
        });
      }
      await step.apply(learningRate);
      version += 1;
      return { gradient_norm: gradientNorm, learning_rate: learningRate };
    },

    weights: () => ({ kind: 'shared', version }),

    saveState: (directory) =>
      step.withOptimizerState((optimizerState) =>
        writePolicyState({
          directory,
          model,
          adapter,
          optimizerState,
          version,
          tokenizerDirectory: options.tokenizerDirectory,
        }),
      ),

    async loadState(directory) {
      const state = await step.withOptimizerState((optimizerState) =>
        readPolicyState(directory, { model, adapter, optimizerState }),
      );
      (adapter ?? model).setParameters(state.parameters);
      step.restore(state.optimizerState);
      version = state.version;
    },

    dispose: () => step.dispose(),
  };
}

function asResolved(loss: LossDescription | LossFunction): Omit<LossToRun, 'counts'> {
  return typeof loss === 'function'
    ? { compute: loss, coefficients: {}, key: loss, trainsEntropy: true }
    : resolveLoss(loss);
}

async function readScalars(scalars: Readonly<Record<string, tf.Tensor>>): Promise<Record<string, number>> {
  const entries: [string, number][] = [];
  for (const [name, scalar] of Object.entries(scalars)) {
    entries.push([name, (await scalar.data())[0] ?? Number.NaN]);
    scalar.dispose();
  }
  return Object.fromEntries(entries);
}
