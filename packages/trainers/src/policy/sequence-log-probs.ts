import { type CausalLanguageModel, tokenLogProbs } from '@rlloom/models';
import type { TrainingBatch, TrainingSequence } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import { type BatchTensors, disposeBatchTensors, scatterToSequences, toBatchTensors } from './batch-tensors.ts';
import { splitIntoMicroBatches } from './micro-batches.ts';

/** What a forward pass over ragged sequences needs to know. */
export interface ForwardOptions {
  readonly temperature: number;
  readonly maxTokensPerMicroBatch: number;
  readonly padTokenId: number;
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

/** Log-probs and entropies of the trained tokens of a batch, no gradient. */
export async function sequenceLogProbs(
  model: Forwardable,
  batch: TrainingBatch,
  options: ForwardOptions,
): Promise<SequenceLogProbs> {
  const logProbs: Float32Array[] = [];
  const entropies: Float32Array[] = [];
  for (const indices of splitIntoMicroBatches(batch.sequences, options.maxTokensPerMicroBatch, batch.groupSize)) {
    const sequences = indices.map((index) => batch.sequences[index] as TrainingSequence);
    const tensors = toBatchTensors(sequences, options.padTokenId);
    const output = tf.tidy(() => forwardTrained(model, tensors, options));
    disposeBatchTensors(tensors);
    const spreadLogProbs = scatterToSequences(sequences, (await output.logProbs.data()) as Float32Array);
    const spreadEntropies = scatterToSequences(sequences, (await output.entropies.data()) as Float32Array);
    tf.dispose([output.logProbs, output.entropies]);
    indices.forEach((index, row) => {
      logProbs[index] = spreadLogProbs[row] as Float32Array;
      entropies[index] = spreadEntropies[row] as Float32Array;
    });
  }
  return { logProbs, entropies };
}

/** The differentiable forward pass over the trained tokens of one micro-batch. `[B,R]` each. */
export function forwardTrained(
  model: Forwardable,
  tensors: BatchTensors,
  options: { readonly temperature: number; readonly trainsOutput?: boolean; readonly gradientCheckpointing?: boolean },
): { logProbs: tf.Tensor2D; entropies: tf.Tensor2D } {
  const { logProbs, entropies } = tokenLogProbs(model.config, model.parameters, tensors, {
    temperature: options.temperature,
    trainsOutput: options.trainsOutput ?? true,
    gradientCheckpointing: options.gradientCheckpointing ?? false,
    entropy: true,
  });
  return { logProbs, entropies: entropies as tf.Tensor2D };
}
