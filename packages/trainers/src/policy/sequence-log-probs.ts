import { CausalLanguageModel, type LoraAdapter, withAdapter } from '@rlloom/models';
import type { TrainingBatch } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import { forEachPass, packBatch } from './batch-passes.ts';
import { type BatchTensors, scatterToSequences } from './batch-tensors.ts';
import { compiledForward } from './compiled-forward.ts';
import { forwardTrained } from './forward-trained.ts';
import { type CompileOptions, isCompiled } from './products.ts';
import type { TrainedOutput } from './train-step.ts';

/** What a forward pass over ragged sequences needs to know. */
export interface ForwardOptions extends CompileOptions {
  readonly temperature: number;
  readonly maxTokensPerMicroBatch: number;
  readonly padTokenId: number;
  /** At work in the model. Default: none. */
  readonly adapter?: LoraAdapter | undefined;
}

/** Log-probs and entropies, one `[T]` array per sequence each, 0 where a token does not train. */
export interface SequenceLogProbs {
  readonly logProbs: Float32Array[];
  readonly entropies: Float32Array[];
}

/** Parameters and the architecture they belong to: a policy, or a frozen copy of one. */
export interface Forwardable {
  readonly config: CausalLanguageModel['config'];
  readonly parameters: ParameterTree;
}

/**
 * Log-probs and entropies of the trained tokens of a batch, no gradient. For a whole model, where the active backend has
 * graphs, compiled.
 */
export function sequenceLogProbs(
  model: Forwardable,
  batch: TrainingBatch,
  options: ForwardOptions,
): Promise<SequenceLogProbs> {
  const { config } = model;
  const { temperature, products = 'float32', adapter } = options;
  if (model instanceof CausalLanguageModel && isCompiled(options)) {
    const forward = compiledForward(model, { temperature, products, adapter });
    return logProbsOf(batch, { ...options, config, roundsShapes: true, forward });
  }
  const weights = adapter === undefined ? model : withAdapter(model, adapter);
  const forward = async (tensors: BatchTensors): Promise<TrainedOutput> => forwardTrained(weights, tensors, options);
  return logProbsOf(batch, { ...options, config, roundsShapes: false, forward });
}

/** Log-probs and entropies of a batch, by a forward pass for one micro-batch. */
export async function logProbsOf(
  batch: TrainingBatch,
  options: Pick<ForwardOptions, 'maxTokensPerMicroBatch' | 'padTokenId'> & {
    readonly config: Forwardable['config'];
    readonly roundsShapes: boolean;
    readonly forward: (tensors: BatchTensors) => Promise<TrainedOutput>;
  },
): Promise<SequenceLogProbs> {
  const logProbs: Float32Array[] = [];
  const entropies: Float32Array[] = [];
  const passes = { ...options, microBatches: packBatch(batch, options), mayAddSequences: true };
  await forEachPass(batch, passes, async ({ indices, sequences, tensors }) => {
    const output = await options.forward(tensors);
    const width = tensors.mask.shape[1];
    const spread = async (values: tf.Tensor): Promise<Float32Array[]> =>
      scatterToSequences(sequences, (await values.data()) as Float32Array, width);
    const [ofPass, entropiesOfPass] = [await spread(output.logProbs), await spread(output.entropies)];
    tf.dispose(output);
    indices.forEach((index, row) => {
      logProbs[index] = ofPass[row] as Float32Array;
      entropies[index] = entropiesOfPass[row] as Float32Array;
    });
  });
  return { logProbs, entropies };
}
