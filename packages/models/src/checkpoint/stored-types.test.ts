import { describe, expect, it } from 'vitest';
import { decoderOf, isFloatType } from './stored-types.ts';

function decode(dtype: string, bytes: ArrayBufferView, count: number): number[] {
  const target = new Float32Array(count);
  decoderOf(dtype)?.(new Uint8Array(bytes.buffer), target);
  return [...target];
}

describe('stored number types', () => {
  it('F64 rounds to the nearest float32', () => {
    expect(decode('F64', Float64Array.of(1, 0.1, 1e300, Number.NaN, -0), 5)).toEqual([
      1,
      Math.fround(0.1),
      Number.POSITIVE_INFINITY,
      Number.NaN,
      -0,
    ]);
  });

  it.each([
    ['I64', BigInt64Array.of(-3n, 2n ** 24n), [-3, 2 ** 24]],
    ['U64', BigUint64Array.of(0n, 7n), [0, 7]],
    ['I32', Int32Array.of(-1, 65536), [-1, 65536]],
    ['U32', Uint32Array.of(0, 2 ** 31), [0, 2 ** 31]],
    ['I16', Int16Array.of(-32768, 5), [-32768, 5]],
    ['U16', Uint16Array.of(65535, 5), [65535, 5]],
    ['I8', Int8Array.of(-128, 127), [-128, 127]],
    ['U8', Uint8Array.of(255, 0), [255, 0]],
    ['BOOL', Uint8Array.of(1, 0), [1, 0]],
    ['BF16', Uint16Array.of(0x3f80, 0xc000), [1, -2]],
    ['F16', Uint16Array.of(0x3c00, 0xc000), [1, -2]],
    ['F32', Float32Array.of(1.5, -2), [1.5, -2]],
  ] as const)('%s is read as the number it is', (dtype, bytes, expected) => {
    expect(decode(dtype, bytes, 2)).toEqual(expected);
  });

  it('knows what is not read, and what a weight may be stored in', () => {
    expect([decoderOf('F8_E4M3'), decoderOf('toString')]).toEqual([undefined, undefined]);
    expect(['F64', 'F32', 'BF16', 'F16', 'I8', 'F8_E5M2'].map(isFloatType)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
