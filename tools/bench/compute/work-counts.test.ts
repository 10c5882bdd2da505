import { selectBackend } from '@rlloom/tensor';
import { expect, it } from 'vitest';
import { benchmarkModel } from './benchmark-model.ts';
import { type Shape, sizes } from './shapes.ts';
import { generationWork, parameterCounts, updateWork } from './work-counts.ts';

// One layer of width 2: a query, a key and a value of 2 numbers, an MLP of 3; 5 tokens in the vocabulary.
const tiny: Shape = {
  hiddenSize: 2,
  layers: 1,
  vocabularySize: 5,
  heads: 1,
  keyValueHeads: 1,
  intermediateSize: 3,
  batch: 1,
  promptLength: 1,
  newTokens: 2,
};

it('counts parameters as the model has them', async () => {
  // q, k, v: 3 · (2 · 2 + 2); output 4; MLP 18; norms 4. Embedding 10, last norm 2.
  expect(parameterCounts(tiny)).toEqual({ layers: 44, embedding: 10, all: 56 });
  await selectBackend({ backend: 'cpu' });
  const model = benchmarkModel(sizes.S);
  expect(parameterCounts(sizes.S).all).toBe(
    Object.values(model.parameters).reduce((sum, parameter) => sum + parameter.size, 0),
  );
  model.dispose();
});

it('counts generation by hand', () => {
  // 34 entries of matrices (12 + 4 + 18). Two passes of one token: 2 · 2 · 34 = 136. Attention: 1 + 2 keys, a product
  // with keys and one with values, 2 · 2 · 2 each: 24. Logits twice: 2 · 2 · 5 · 2 = 40.
  // Bytes: two passes over 56 weights; keys and values of 4 numbers, written twice, read for 2 places in the second
  // pass; 2 · 5 logits written and read: (112 + 4 · (2 + 2) + 20) · 4.
  expect(generationWork(tiny)).toEqual({ flops: 200, bytes: 592 });
});

it('counts an update by hand', () => {
  // Three tokens: 2 · 3 · 34 = 204; attention 8 · (1 + 2 + 3) = 48; logits at two: 40. Backward twice that.
  // Bytes: 10 · 56 for weights, gradient and moments, 4 · 10 for logits and their gradient.
  expect(updateWork(tiny)).toEqual({ flops: 3 * 292, bytes: 4 * 600 });
});
