import { setFloat16 } from '@petamoriken/float16';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeElements, type ElementType, encodeElements, roundToBfloat16 } from './element-types.ts';

const roundTrip = (values: readonly number[], type: ElementType) => [
  ...decodeElements(encodeElements(Float32Array.from(values), type), type),
];

describe('element types', () => {
  it('F32 keeps every number', () => {
    fc.assert(
      fc.property(fc.array(fc.float()), (values) => {
        expect(roundTrip(values, 'F32')).toEqual(values);
      }),
    );
  });

  it('BF16 keeps 8 bits and rounds ties to even', () => {
    // Next to 1, bfloat16 numbers are 1/128 apart.
    expect(roundTrip([1, 1 + 1 / 128, 1 + 1 / 256, 1 + 3 / 256, 1 + 1.01 / 256, -2.5, 0], 'BF16')).toEqual([
      1,
      1 + 1 / 128,
      1,
      1 + 2 / 128,
      1 + 1 / 128,
      -2.5,
      0,
    ]);
    expect(roundTrip([Number.NaN, Number.POSITIVE_INFINITY, 3.4e38], 'BF16')).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect(roundToBfloat16(0.1)).toBe(0.10009765625);
  });

  it('F16 keeps what fits and overflows to infinity', () => {
    expect(roundTrip([1, 1 / 3, -65504, 65536, 6e-8], 'F16')).toEqual([
      1,
      0.333251953125,
      -65504,
      Number.POSITIVE_INFINITY,
      2 ** -24,
    ]);
  });

  it('F16 rounds as the library does: all numbers, ties between two halves and what is next to them', () => {
    const bits = new Uint32Array(3 * 31744);
    const halves = decodeElements(new Uint8Array(Uint16Array.from({ length: 31745 }, (_, i) => i).buffer), 'F16');
    const ties = Float32Array.from(
      { length: 31744 },
      (_, i) => ((halves[i] as number) + (halves[i + 1] as number)) / 2,
    );
    new Uint32Array(ties.buffer).forEach((tie, i) => bits.set([tie - 1, tie, tie + 1], 3 * i));
    const values = new Float32Array(bits.buffer);
    const expected = new DataView(new ArrayBuffer(2 * values.length));
    values.forEach((value, i) => setFloat16(expected, 2 * i, value, true));
    expect(Buffer.compare(encodeElements(values, 'F16'), new Uint8Array(expected.buffer))).toBe(0);
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        setFloat16(expected, 0, value, true);
        expect(new Uint16Array(encodeElements(Float32Array.of(value), 'F16').buffer)[0]).toBe(
          expected.getUint16(0, true),
        );
      }),
    );
  });

  it('what was read is written back bit by bit', () => {
    for (const type of ['BF16', 'F16'] as const) {
      const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
      const values = decodeElements(new Uint8Array(halves.buffer), type);
      const back = new Uint16Array(encodeElements(values, type).buffer);
      const changed = halves.filter((half, i) => back[i] !== half && !Number.isNaN(values[i]));
      expect([...changed]).toEqual([]);
    }
  });
});
