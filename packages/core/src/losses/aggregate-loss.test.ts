import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { type AggregationMode, type AggregationOptions, aggregateLoss } from './aggregate-loss.ts';

const modes: readonly AggregationMode[] = [
  'token-mean',
  'token-sum',
  'sequence-mean-token-sum',
  'sequence-mean-token-sum-norm',
  'sequence-mean-token-mean',
];
const nan = Number.NaN;

describeBackends('aggregateLoss', () => {
  type Rows = readonly (readonly number[])[];
  const matrix = (rows: Rows) => tf.tensor2d(rows.map((row) => [...row]));
  const value = (loss: Rows, mask: Rows, options: AggregationOptions) =>
    aggregateLoss(matrix(loss), matrix(mask), options).arraySync();
  const gradient = (loss: Rows, mask: Rows, options: AggregationOptions) =>
    tf
      .grad((x) => aggregateLoss(x as tf.Tensor2D, matrix(mask), options))(matrix(loss))
      .arraySync() as number[][];

  // Two sequences of 3 and 1 tokens, and an empty one.
  const loss = [
    [1, 2, 6],
    [4, 50, 50],
    [50, 50, 50],
  ];
  const mask = [
    [1, 1, 1],
    [1, 0, 0],
    [0, 0, 0],
  ];

  it.each([
    ['token-mean', 13 / 4],
    ['token-sum', 13],
    ['sequence-mean-token-sum', 13 / 2],
    ['sequence-mean-token-sum-norm', 13 / 2 / 3],
    ['sequence-mean-token-mean', (3 + 4) / 2],
  ] as const)('%s', (mode, expected) => {
    expect(value(loss, mask, { mode })).toBeCloseTo(expected, 5);
  });

  it('divides by the counts and the scale factor it is given', () => {
    expect(value(loss, mask, { mode: 'token-mean', tokenCount: 26 })).toBeCloseTo(0.5, 6);
    expect(value(loss, mask, { mode: 'sequence-mean-token-sum', sequenceCount: 4 })).toBeCloseTo(13 / 4, 6);
    expect(value(loss, mask, { mode: 'sequence-mean-token-sum-norm', sequenceCount: 4, scaleFactor: 10 })).toBeCloseTo(
      13 / 40,
      6,
    );
    expect(value(loss, mask, { mode: 'token-mean', tokenCount: tf.scalar(26) })).toBeCloseTo(0.5, 6);
  });

  it.each(modes)('%s ignores what stands at masked places, in value and gradient', (mode) => {
    const dirty = [
      [1, 2, 6],
      [4, nan, Number.POSITIVE_INFINITY],
      [nan, nan, nan],
    ];
    expect(value(dirty, mask, { mode })).toBe(value(loss, mask, { mode }));
    expect(gradient(dirty, mask, { mode })).toEqual(gradient(loss, mask, { mode }));
  });

  it.each(modes)('%s shows a NaN of the padding when asked', (mode) => {
    const dirty = [
      [1, 2, 6],
      [4, nan, 50],
      [50, 50, 50],
    ];
    expect(value(dirty, mask, { mode, padding: 'propagated' })).toBeNaN();
    expect(value(loss, mask, { mode, padding: 'propagated' })).toBeCloseTo(value(loss, mask, { mode }), 6);
  });

  it('shows a NaN of a sequence without tokens in the mode that adds all of them', () => {
    const dirty = [
      [1, 2, 6],
      [4, 50, 50],
      [nan, 50, 50],
    ];
    expect(value(dirty, mask, { mode: 'sequence-mean-token-sum-norm', padding: 'propagated' })).toBeNaN();
    expect(value(dirty, mask, { mode: 'sequence-mean-token-sum', padding: 'propagated' })).not.toBeNaN();
  });

  it.each(modes)('%s of a wholly masked batch is 0 with counts, and its gradient 0 in any case', (mode) => {
    const none = mask.map((row) => row.map(() => 0));
    const zeros = none;
    expect(value(loss, none, { mode, tokenCount: 8, sequenceCount: 3 })).toBe(0);
    expect(value(loss, none, { mode, tokenCount: 0, sequenceCount: 0 })).toBe(0);
    expect(gradient(loss, none, { mode, tokenCount: 0, sequenceCount: 0 })).toEqual(zeros);
    expect(gradient(loss, none, { mode })).toEqual(zeros);
    if (mode !== 'token-mean') expect(gradient(loss, none, { mode, padding: 'propagated' })).toEqual(zeros);
    if (mode === 'token-sum') expect(value(loss, none, { mode })).toBe(0);
    else expect(value(loss, none, { mode })).toBeNaN();
  });

  it.each(modes)('%s gives an empty sequence beside others no gradient, with either padding', (mode) => {
    const slopes = gradient(loss, mask, { mode, padding: 'propagated' });
    expect(slopes).toEqual(gradient(loss, mask, { mode }));
    expect(slopes[2]).toEqual([0, 0, 0]);
  });

  it('sequence-mean-token-mean is token-mean when all lengths are equal', () => {
    const even = [
      [1, 1, 0],
      [0, 1, 1],
      [1, 0, 1],
    ];
    expect(value(loss, even, { mode: 'sequence-mean-token-mean' })).toBeCloseTo(
      value(loss, even, { mode: 'token-mean' }),
      4,
    );
  });

  it.each(modes)('%s: value and gradient of micro-batches add up to those of the batch', (mode) => {
    const batch = fc.array(
      fc.record({
        losses: fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 5, maxLength: 5 }),
        mask: fc.array(fc.constantFrom(0, 1), { minLength: 5, maxLength: 5 }),
        part: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 7 },
    );
    fc.assert(
      fc.property(batch, (rows) => {
        const options: AggregationOptions = {
          mode,
          tokenCount: rows.reduce((sum, row) => sum + row.mask.reduce<number>((a, b) => a + b, 0), 0),
          sequenceCount: rows.filter((row) => row.mask.some((weight) => weight === 1)).length,
          scaleFactor: 5,
        };
        const of = (part: typeof rows) => [part.map((row) => row.losses), part.map((row) => row.mask)] as const;
        const parts = [0, 1, 2]
          .map((part) => rows.filter((row) => row.part === part))
          .filter((part) => part.length > 0);
        const sum = parts.reduce((total, part) => total + value(...of(part), options), 0);
        expect(sum).toBeCloseTo(value(...of(rows), options), 3);
        const whole = new Map(gradient(...of(rows), options).map((row, i) => [rows[i], row]));
        for (const part of parts) {
          gradient(...of(part), options).forEach((row, i) => {
            row.forEach((slope, t) => expect(slope).toBeCloseTo(whole.get(part[i])?.[t] ?? nan, 6));
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses wrong shapes, counts, factors and modes', () => {
    expect(() => value(loss, [[1, 1, 1]], { mode: 'token-mean' })).toThrow(ShapeError);
    expect(() =>
      aggregateLoss(tf.zeros([3]) as unknown as tf.Tensor2D, tf.zeros([3]) as unknown as tf.Tensor2D, {
        mode: 'token-mean',
      }),
    ).toThrow('[B,T]');
    expect(() => value(loss, mask, { mode: 'token-mean', tokenCount: -1 })).toThrow(RangeError);
    expect(() => value(loss, mask, { mode: 'token-mean', sequenceCount: nan })).toThrow(RangeError);
    expect(() => value(loss, mask, { mode: 'token-mean', scaleFactor: 0 })).toThrow(RangeError);
    expect(() => value(loss, mask, { mode: 'mean' as AggregationMode })).toThrow('unknown mode mean');
  });

  it('leaves no tensor behind', () => {
    const [x, m] = [matrix(loss), matrix(mask)];
    const before = tf.memory().numTensors;
    for (const mode of modes) aggregateLoss(x, m, { mode }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
