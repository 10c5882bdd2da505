import type { ModelConfig } from '@rlloom/models';
import type { TrainingBatch, TrainingSequence } from '@rlloom/spec';
import {
  type BatchTensors,
  disposeBatchTensors,
  lossShape,
  roundedLossShape,
  toBatchTensors,
} from './batch-tensors.ts';
import { formMicroBatches, type MicroBatch } from './micro-batches.ts';

/** How a batch is cut into passes. */
export interface BatchPassOptions {
  readonly config: ModelConfig;
  readonly maxTokensPerMicroBatch: number;
  readonly padTokenId: number;
  /** Whether each new shape costs a compilation. */
  readonly roundsShapes: boolean;
  /** Whether the loss may be given sequences with an empty mask beside those of the batch. */
  readonly mayAddSequences: boolean;
}

/** One pass: what it is of, and its tensors. */
export interface BatchPass {
  /** Indices into the sequences of the batch. */
  readonly indices: readonly number[];
  readonly sequences: readonly TrainingSequence[];
  readonly tensors: BatchTensors;
}

/** Packs a batch for a model: see `formMicroBatches`. */
export function packBatch(
  batch: TrainingBatch,
  options: Pick<BatchPassOptions, 'config' | 'maxTokensPerMicroBatch' | 'roundsShapes'>,
): MicroBatch[] {
  const { config, maxTokensPerMicroBatch, roundsShapes } = options;
  const crossings = config.rotaries.flatMap(({ beyond }) => (beyond === null ? [] : [beyond.length]));
  return formMicroBatches(batch.sequences, {
    maxTokens: maxTokensPerMicroBatch,
    groupSize: batch.groupSize,
    // Learned positions are counted by row where a row is one sequence; frequencies of rotary ones by row always.
    packedRowLimit: Math.min(...crossings),
    rowLimit: config.embedding.positions === null ? undefined : config.maxPositionEmbeddings,
    ...passCosts(config),
    roundsShapes,
  });
}

// Fitted to updates of models of 0.1 and 5 million parameters over rows of 96 to 768 tokens (decision 0611).
function passCosts({ hiddenSize, headDim, numHiddenLayers, vocabularySize }: ModelConfig) {
  const parametersPerLayer = 12 * hiddenSize ** 2 + (vocabularySize * hiddenSize) / numHiddenLayers;
  return { attentionLength: 0.4 * hiddenSize * headDim, passTokens: 30 + 3e7 / parametersPerLayer };
}

/** Runs `pass` for each micro-batch, with tensors that are freed after it. */
export async function forEachPass(
  batch: TrainingBatch,
  { microBatches, ...options }: BatchPassOptions & { readonly microBatches: readonly MicroBatch[] },
  pass: (pass: BatchPass) => Promise<void>,
): Promise<void> {
  const { groupSize = 1 } = batch;
  // One width for all passes: it is that of the longest answer, which often is a limit.
  const { width } = lossShape(batch.sequences, groupSize);
  for (const { indices, shape, packs } of microBatches) {
    const sequences = indices.map((index) => batch.sequences[index] as TrainingSequence);
    const exact = lossShape(sequences, groupSize);
    const loss = options.roundsShapes ? roundedLossShape({ ...exact, width }, { shape, groupSize }) : exact;
    const own = options.mayAddSequences && groupSize === 1 ? loss : { ...loss, sequences: sequences.length };
    const tensors = toBatchTensors(sequences, { shape, packs, loss: own, padTokenId: options.padTokenId });
    try {
      await pass({ indices, sequences, tensors });
    } finally {
      disposeBatchTensors(tensors);
    }
  }
}
