import type { TrainingSequence } from '@rlloom/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitIntoMicroBatches } from './micro-batches.ts';

const ofLength = (length: number): TrainingSequence => ({
  tokens: new Int32Array(length),
  lossMask: new Uint8Array(length),
});

describe('splitIntoMicroBatches', () => {
  it('puts like lengths together within the budget', () => {
    expect(splitIntoMicroBatches([3, 9, 4, 9].map(ofLength), 18)).toEqual([
      [1, 3],
      [2, 0],
    ]);
  });

  it('gives an over-long sequence its own micro-batch', () => {
    expect(splitIntoMicroBatches([20, 2].map(ofLength), 8)).toEqual([[0], [1]]);
  });

  it('returns nothing for nothing', () => {
    expect(splitIntoMicroBatches([], 8)).toEqual([]);
  });

  it('never parts a group', () => {
    // Longest of the pairs: 9, 4, 5.
    expect(splitIntoMicroBatches([3, 9, 4, 1, 5, 5].map(ofLength), 20, 2)).toEqual([
      [0, 1],
      [4, 5, 2, 3],
    ]);
    expect(() => splitIntoMicroBatches([1, 2, 3].map(ofLength), 20, 2)).toThrow(
      /3 sequences are not whole groups of 2/,
    );
  });

  it('uses every sequence once and keeps the budget', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 3 }),
        (given, budget, groupSize) => {
          const lengths = given.slice(0, given.length - (given.length % groupSize));
          const batches = splitIntoMicroBatches(lengths.map(ofLength), budget, groupSize);
          expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
          for (const batch of batches) {
            const longest = Math.max(...batch.map((index) => lengths[index] ?? 0));
            expect(batch.length === groupSize || batch.length * longest <= budget).toBe(true);
            batch.forEach((index, row) => expect(index % groupSize).toBe(row % groupSize));
          }
        },
      ),
    );
  });
});
