import { expect, it } from 'vitest';
import { modelMemory } from './model-memory.ts';

it('counts four bytes a number, four numbers a trained parameter, keys and values a token and layer', () => {
  const config = { numHiddenLayers: 2, numKeyValueHeads: 3, headDim: 8, maxPositionEmbeddings: 100 };
  expect(modelMemory(1000, config)).toEqual({
    weights: 4_000,
    cachePerSequence: 2 * 2 * 3 * 8 * 4 * 100,
    trainingState: 16_000,
  });
});
