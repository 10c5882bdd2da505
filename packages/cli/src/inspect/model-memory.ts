import type { ModelConfig } from '@rlloom/models';

/** Bytes that a model needs in float32, the type weights and computation have. */
export interface ModelMemory {
  /** Weights alone. */
  readonly weights: number;
  /** Keys and values of one sequence of the greatest length. */
  readonly cachePerSequence: number;
  /** Weights, their gradient, and Adam's two moments; activations come on top. */
  readonly trainingState: number;
}

/** What a decoder of this shape occupies, from its number of parameters. */
export function modelMemory(
  parameters: number,
  config: Pick<ModelConfig, 'numHiddenLayers' | 'numKeyValueHeads' | 'headDim' | 'maxPositionEmbeddings'>,
): ModelMemory {
  const bytesPerNumber = 4;
  const perToken = 2 * config.numHiddenLayers * config.numKeyValueHeads * config.headDim * bytesPerNumber;
  return {
    weights: parameters * bytesPerNumber,
    cachePerSequence: perToken * config.maxPositionEmbeddings,
    trainingState: 4 * parameters * bytesPerNumber,
  };
}
