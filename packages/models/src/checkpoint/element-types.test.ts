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
