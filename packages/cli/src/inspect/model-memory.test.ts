import { expect, it } from 'vitest';
import { loraRank, modelMemory } from './model-memory.ts';

it('counts four bytes a number, four numbers a trained parameter, keys and values a token and layer', () => {
  const config = { numHiddenLayers: 2, numKeyValueHeads: 3, headDim: 8, maxPositionEmbeddings: 100 };
  const size = {
    parameters: 1000,
    linearShapes: [
      [10, 20],
      [5, 5],
    ] as const,
  };
  expect(modelMemory(size, config)).toEqual({
    weights: 4_000,
    cachePerSequence: 2 * 2 * 3 * 8 * 4 * 100,
    trainingState: 16_000,
    loraTrainingState: 4_000 + 16 * loraRank * (30 + 10),
  });
});
