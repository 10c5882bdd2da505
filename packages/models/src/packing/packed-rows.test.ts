import { tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectTensorClose } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packByLength } from './pack-by-length.ts';
import { packSequences, packValues, unpackValues } from './packed-rows.ts';
import { packedTokens, unpackTensor } from './packed-tensors.ts';

const sequencesOf = (...lists: number[][]) => lists.map((tokens) => ({ tokens: Int32Array.from(tokens) }));
const lengthLists = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 30 });

describe('packByLength', () => {
  it('puts the longest first, each into the first row with room', () => {
    expect(packByLength([4, 8, 1, 4, 2, 1], 10)).toEqual([
      [1, 4],
      [0, 3, 2, 5],
    ]);
    expect(packByLength([], 10)).toEqual([]);
    expect(packByLength([5], 5)).toEqual([[0]]);
  });

  it('gives a sequence that fits nowhere a row that nothing joins', () => {
    expect(packByLength([11, 10, 1], 10)).toEqual([[0], [1], [2]]);
  });

  it.each([0, -1, 2.5, Number.NaN])('refuses a row length of %d', (rowLength) => {
    expect(() => packByLength([1], rowLength)).toThrow(/row length/);
  });

  it('holds every sequence once, no row too long, and never two rows that would fit into one', () => {
    fc.assert(
      fc.property(lengthLists, fc.integer({ min: 1, max: 15 }), (lengths, rowLength) => {
        const rows = packByLength(lengths, rowLength);
        expect(rows.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
        const filled = rows.map((row) => row.reduce((sum, index) => sum + (lengths[index] as number), 0));
        rows.forEach((row, r) => {
          if (row.length > 1 && filled[r] !== lengths[row[0] as number]) {
            expect(filled[r]).toBeLessThanOrEqual(rowLength);
          }
        });
        const least = filled.filter((length) => length > 0).sort((a, b) => a - b);
        if (least.length > 1) expect((least[0] as number) + (least[1] as number)).toBeGreaterThan(rowLength);
      }),
    );
  });
});

describe('packed rows', () => {
  const packed = packSequences(sequencesOf([1, 2], [3, 4, 5], [], [6]), { rowLength: 4, padTokenId: 9 });

  it('stand one behind the other, with numbers of their own and positions that restart', () => {
    expect(packed.shape).toEqual([2, 4]);
    expect([...packed.tokens]).toEqual([3, 4, 5, 6, 1, 2, 9, 9]);
    expect([...packed.segments]).toEqual([1, 1, 1, 2, 1, 1, 0, 0]);
    expect([...packed.positions]).toEqual([0, 1, 2, 0, 0, 1, 0, 0]);
    expect(packed.places[0]).toEqual({ row: 1, start: 0, length: 2 });
    expect(packed.places[2]?.length).toBe(0);
  });

  it('take values along and give them back', () => {
    const values = [[0.5, 1], [2, 3, 4], [], [5]];
    const laid = packValues(packed, values);
    expect([...laid]).toEqual([2, 3, 4, 5, 0.5, 1, 0, 0]);
    expect(unpackValues(packed, laid).map((row) => [...row])).toEqual(values);
    // [B,T−1]: the values of tokens 1, 2, 3 of each row; the one of token 3 in row 0 is a first token.
    const fromSecond = unpackValues(packed, [1, 2, 3, 4, 5, 6], { firstToken: 1 });
    expect(fromSecond.map((row) => [...row])).toEqual([[0, 4], [0, 1, 2], [], [0]]);
  });

  it('are padded to a shape', () => {
    const padded = packSequences(sequencesOf([1, 2], [3]), { rowLength: 4, padTokenId: 9, atLeast: [2, 4] });
    expect(padded.shape).toEqual([2, 4]);
    expect([...padded.tokens]).toEqual([1, 2, 3, 9, 9, 9, 9, 9]);
    expect([...padded.segments]).toEqual([1, 1, 2, 0, 0, 0, 0, 0]);
    expect(packSequences(sequencesOf([1, 2, 3]), { rowLength: 2, padTokenId: 9, atLeast: [1, 2] }).shape).toEqual([
      1, 3,
    ]);
  });

  it('refuse what does not fit', () => {
    expect(() => packSequences([], { rowLength: 4, padTokenId: 0 })).toThrow(/no sequences/);
    expect(() => packValues(packed, [[1], [2, 3, 4], [], [5]])).toThrow(/1 values for a sequence of 2/);
    expect(() => unpackValues(packed, [1, 2, 3, 4, 5, 6])).toThrow(/6 values for 2 rows of 4/);
  });

  it('lose nothing, whatever the lengths', () => {
    fc.assert(
      fc.property(lengthLists, fc.integer({ min: 1, max: 15 }), (lengths, rowLength) => {
        const values = lengths.map((length, s) => Array.from({ length }, (_, t) => 100 * s + t + 1));
        const rows = packSequences(sequencesOf(...values), { rowLength, padTokenId: 0 });
        expect(unpackValues(rows, rows.tokens).map((row) => [...row])).toEqual(values);
        expect(unpackValues(rows, rows.positions).map((row) => [...row])).toEqual(values.map((row) => [...row.keys()]));
        const used = rows.segments.filter((segment) => segment > 0).length;
        expect(used).toBe(lengths.reduce((sum, length) => sum + length, 0));
      }),
    );
  });
});

describeBackends('packed tensors', () => {
  it('have the mask of their segments', async () => {
    const packed = packedTokens(packSequences(sequencesOf([1, 2], [3], [4, 5, 6]), { rowLength: 4, padTokenId: 0 }));
    expect(await packed.attentionMask.array()).toEqual([
      [1, 1, 1, 1],
      [1, 1, 0, 0],
    ]);
    expect(await packed.packing.segments.array()).toEqual([
      [1, 1, 1, 2],
      [1, 1, 0, 0],
    ]);
    expect(await packed.packing.positions.array()).toEqual([
      [0, 1, 2, 0],
      [0, 1, 0, 0],
    ]);
    tf.dispose(packed);
  });

  it('unpack into rows with gradients', async () => {
    const packed = packSequences(sequencesOf([1, 2], [3, 4, 5], [6]), { rowLength: 4, padTokenId: 0 });
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const rows = unpackTensor(packed, x, { firstToken: 1 });
    await expectTensorClose(
      rows,
      [
        [0, 4, 0],
        [0, 1, 2],
        [0, 0, 0],
      ],
      0,
    );
    const { value, gradients } = valueAndGradients(
      ({ values }) => ({ value: tf.sum(unpackTensor(packed, values as tf.Tensor2D, { firstToken: 1 })) }),
      { values: x },
    );
    await expectTensorClose(
      gradients['values'] as tf.Tensor,
      [
        [1, 1, 0],
        [1, 0, 0],
      ],
      0,
    );
    tf.dispose([x, rows, value, gradients]);
  });
});
