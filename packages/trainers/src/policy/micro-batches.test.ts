import type { TrainingSequence } from '@rlloom/spec';
import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { formMicroBatches, paddingFraction } from './micro-batches.ts';

const ofLength = (length: number): TrainingSequence => ({
  tokens: new Int32Array(length),
  lossMask: new Uint8Array(length),
});
const form = (lengths: readonly number[], options: Parameters<typeof formMicroBatches>[1]) =>
  formMicroBatches(lengths.map(ofLength), options);

describe('formMicroBatches', () => {
  it('leaves sequences of one length as they are', () => {
    expect(form([6, 6, 6, 6], { maxTokens: 30 })).toEqual([{ indices: [0, 1, 2, 3], shape: [4, 6], packs: true }]);
  });

  it('packs short sequences behind one another, into rows as long as the longest', () => {
    expect(form([30, 10, 20, 25, 5], { maxTokens: 100, attentionLength: 1 })).toEqual([
      { indices: [0, 1, 2, 3, 4], shape: [3, 30], packs: true },
    ]);
  });

  it('takes longer rows where attention is cheap and they leave less padding', () => {
    const lengths = [10, 10, 10, 7, 7, 7, 7];
    const shapes = (attentionLength: number) =>
      form(lengths, { maxTokens: 100, attentionLength }).map(({ shape }) => shape);
    expect(shapes(1000)).toEqual([[2, 30]]);
    expect(shapes(1)).toEqual([
      [3, 10],
      [4, 7],
    ]);
  });

  it('gives very long sequences passes of their own where that is cheaper', () => {
    const lengths = [1000, ...new Array<number>(31).fill(100)];
    const passes = form(lengths, { maxTokens: 4096, attentionLength: 256 });
    expect(passes[0]).toEqual({ indices: [0], shape: [1, 1000], packs: true });
    expect(passes.slice(1).every(({ shape }) => shape[1] === 100)).toBe(true);
  });

  it('forms micro-batches that are about equally full', () => {
    const passes = form(new Array<number>(9).fill(10), { maxTokens: 40 });
    expect(passes.map(({ indices }) => indices.length)).toEqual([3, 3, 3]);
  });

  it('gives an over-long sequence, and an over-long group, a micro-batch of its own', () => {
    expect(form([20, 2], { maxTokens: 8 }).map(({ indices }) => indices)).toEqual([[0], [1]]);
    expect(form([6, 6, 5, 5], { maxTokens: 8, groupSize: 2 }).map(({ indices }) => indices)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('gives rows of one token a second place, which a model needs', () => {
    expect(form([1], { maxTokens: 8 })[0]?.shape).toEqual([1, 2]);
    expect(form([], { maxTokens: 8 })).toEqual([]);
  });

  it('packs no rows beyond a limit', () => {
    expect(form([40, 10, 10], { maxTokens: 400, packedRowLimit: 30 })).toEqual([
      { indices: [0, 1, 2], shape: [3, 40], packs: false },
    ]);
    // The shorter ones in passes of their own may be packed.
    const many = form([400, ...new Array<number>(40).fill(100)], { maxTokens: 4096, packedRowLimit: 250 });
    expect(many.map(({ shape, packs }) => [shape[1], packs])).toEqual([
      [400, false],
      [100, true],
    ]);
    expect(form([998], { maxTokens: 4096, rowLimit: 1000, roundsShapes: true })[0]?.shape).toEqual([1, 1000]);
  });

  it('refuses a group that is not whole', () => {
    expect(() => form([1, 2, 3], { maxTokens: 20, groupSize: 2 })).toThrow(/3 sequences are not whole groups of 2/);
  });

  it('holds every sequence once, whole groups, what fits, and the budget', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        fc.record({
          groupSize: fc.integer({ min: 1, max: 3 }),
          roundsShapes: fc.boolean(),
          attentionLength: fc.integer({ min: 1, max: 500 }),
          packedRowLimit: fc.integer({ min: 1, max: 100 }),
        }),
        (given, maxTokens, options) => {
          const { groupSize, packedRowLimit } = options;
          const lengths = given.slice(0, given.length - (given.length % groupSize));
          const passes = form(lengths, { maxTokens, ...options });
          expect(passes.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual([...lengths.keys()]);
          for (const { indices, shape, packs } of passes) {
            const [rows, width] = shape;
            const own = indices.map((index) => lengths[index] ?? 0);
            expect(Math.max(...own)).toBeLessThanOrEqual(width);
            expect(own.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(rows * width);
            expect(packs).toBe(width <= packedRowLimit);
            if (!packs) expect(rows).toBeGreaterThanOrEqual(indices.length);
            expect(indices.length === groupSize || rows === 1 || rows * width <= maxTokens).toBe(true);
            indices.forEach((index, row) => expect(index % groupSize).toBe(row % groupSize));
          }
        },
      ),
    );
  });
});

describe('padding', () => {
  const generator = xoroshiro128plus(7);
  const uniform = () => uniformFloat64(generator);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const between = (low: number, high: number) => low + Math.floor(uniform() * (high - low + 1));
  const mixes: Readonly<Record<string, () => number>> = {
    'short prompts, answers up to 64': () => 32 + between(1, 64),
    'anything up to 512': () => between(1, 512),
    'a long tail': () => Math.min(1024, Math.max(8, Math.round(Math.exp(5 + 0.7 * normal())))),
    'one in five is long': () => (uniform() < 0.2 ? between(900, 1000) : between(40, 100)),
  };

  it.each(Object.entries(mixes))('is less than a tenth, and shapes are few: %s', (_, length) => {
    const fractions: number[] = [];
    const shapes = new Set<string>();
    for (let batch = 0; batch < 40; batch++) {
      const sequences = Array.from({ length: between(64, 256) }, () => ofLength(length()));
      const passes = formMicroBatches(sequences, { maxTokens: 4096, attentionLength: 1024, roundsShapes: true });
      fractions.push(paddingFraction(sequences, passes));
      for (const { shape } of passes) shapes.add(shape.join());
    }
    expect(fractions.reduce((a, b) => a + b, 0) / fractions.length).toBeLessThan(0.1);
    expect(shapes.size).toBeLessThan(25);
  });

  it('is none of nothing', () => {
    expect(paddingFraction([], [])).toBe(0);
    expect(paddingFraction([ofLength(3)], [{ indices: [0], shape: [2, 3], packs: true }])).toBe(0.5);
  });
});
