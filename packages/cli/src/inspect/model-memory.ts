import type { ModelConfig } from '@rlloom/models';

/** Bytes that a model needs in float32, the type weights and computation have. */
export interface ModelMemory {
  /** Weights alone. */
  readonly weights: number;
  /** Keys and values of one sequence of the greatest length. */
  readonly cachePerSequence: number;
  /** Weights, their gradient, and Adam's two moments; activations come on top. */
  readonly trainingState: number;
  /** Weights, and an adapter of `loraRank` with its gradient and moments; activations come on top. */
  readonly loraTrainingState: number;
}

/** What is counted of a model. */
export interface ModelSize {
  readonly parameters: number;
  /** `[out, in]` of every linear layer that an adapter can stand beside. */
  readonly linearShapes: readonly (readonly [number, number])[];
}

/** The rank that the figure for LoRA is for. */
export const loraRank = 16;

/** What a decoder of this shape and size occupies. */
export function modelMemory(
  { parameters, linearShapes }: ModelSize,
  config: Pick<ModelConfig, 'numHiddenLayers' | 'numKeyValueHeads' | 'headDim' | 'maxPositionEmbeddings'>,
): ModelMemory {
  const bytesPerNumber = 4;
  const perToken = 2 * config.numHiddenLayers * config.numKeyValueHeads * config.headDim * bytesPerNumber;
  const adapter = linearShapes.reduce((sum, [out, into]) => sum + loraRank * (out + into), 0);
  return {
    weights: parameters * bytesPerNumber,
    cachePerSequence: perToken * config.maxPositionEmbeddings,
    trainingState: 4 * parameters * bytesPerNumber,
    loraTrainingState: (parameters + 4 * adapter) * bytesPerNumber,
  };
}
