import type { TrainingSequence } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { splitIntoMiniBatches } from './mini-batches.ts';

const batch = {
  sequences: Array.from(
    { length: 10 },
    (_, id): TrainingSequence => ({ tokens: Int32Array.of(id), lossMask: Uint8Array.of(1) }),
  ),
};
const ids = (list: { sequences: readonly TrainingSequence[] }) => list.sequences.map((sequence) => sequence.tokens[0]);

describe('splitIntoMiniBatches', () => {
  it('keeps one whole batch in order', () => {
    expect(splitIntoMiniBatches(batch, { miniBatchSize: null, updateEpochs: 2, seed: 1 }).map(ids)).toEqual([
      ids(batch),
      ids(batch),
    ]);
  });

  it('uses every sequence once per epoch, in another order each time', () => {
    const parts = splitIntoMiniBatches(batch, { miniBatchSize: 4, updateEpochs: 2, seed: 1 }).map(ids);
    expect(parts.map((part) => part.length)).toEqual([4, 4, 2, 4, 4, 2]);
    expect(parts.slice(0, 3).flat().sort()).toEqual(ids(batch));
    expect(parts.slice(3).flat().sort()).toEqual(ids(batch));
    expect(parts.slice(0, 3).flat()).not.toEqual(parts.slice(3).flat());
  });

  it('keeps groups whole', () => {
    const parts = splitIntoMiniBatches({ ...batch, groupSize: 2 }, { miniBatchSize: 5, updateEpochs: 1, seed: 1 });
    expect(parts.map(({ sequences, groupSize }) => [sequences.length, groupSize])).toEqual([
      [4, 2],
      [4, 2],
      [2, 2],
    ]);
    const order = parts.flatMap(ids) as number[];
    expect([...order].sort()).toEqual(ids(batch));
    order.forEach((id, place) => expect(id % 2).toBe(place % 2));
    order.forEach((id, place) => place % 2 === 1 && expect(id).toBe((order[place - 1] as number) + 1));
  });

  it('draws the same order for the same seed and another for another', () => {
    const order = (seed: number) =>
      splitIntoMiniBatches(batch, { miniBatchSize: 5, updateEpochs: 1, seed }).flatMap(ids);
    expect(order(7)).toEqual(order(7));
    expect(order(7)).not.toEqual(order(8));
  });
});
