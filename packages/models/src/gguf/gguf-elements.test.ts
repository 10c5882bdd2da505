import { describe, expect, it } from 'vitest';
import { elementFormats, formatOf, type GgufDtype } from './gguf-elements.ts';

const ramp = Float32Array.from({ length: 32 }, (_, i) => i - 16);

describe('elementFormats', () => {
  it('stores blocks of 8 bits: a float16 scale, then signed bytes', () => {
    const bytes = elementFormats.q8_0.encode(ramp.map((value) => value * 127));
    // The largest is 16 · 127, so the scale is 16 = 0x4c00; halves go away from zero.
    expect([...bytes.subarray(0, 2)]).toEqual([0x00, 0x4c]);
    const quantized = new Int8Array(bytes.buffer, 2, 32);
    expect([...quantized.subarray(0, 3)]).toEqual([-127, -119, -111]);
    expect([...quantized.subarray(16, 19)]).toEqual([0, 8, 16]);
  });

  it('stores blocks of 4 bits: a float16 scale, then the halves of the block in one byte each', () => {
    const bytes = elementFormats.q4_0.encode(ramp);
    // The one of the largest size is -16, so the scale is 2 and 8 stands for 0: -16 → 0, 0 → 8, 15 → 15 (capped).
    expect([...bytes.subarray(0, 2)]).toEqual([0x00, 0x40]);
    expect(bytes[2]).toBe(0 | (8 << 4));
    expect(bytes[17]).toBe(8 | (15 << 4));
  });

  it.each<GgufDtype>(['q8_0', 'q4_0'])('stores zeros as zeros in %s', (dtype) => {
    const bytes = elementFormats[dtype].encode(new Float32Array(32));
    // The sign of the scale says nothing.
    expect([bytes[0], (bytes[1] as number) & 0x7f]).toEqual([0, 0]);
    expect(new Set(bytes.subarray(2))).toEqual(new Set([dtype === 'q8_0' ? 0 : 0x88]));
    expect(bytes).toHaveLength(elementFormats[dtype].blockBytes);
  });

  it('takes as many bytes as it says', () => {
    for (const format of Object.values(elementFormats)) {
      expect(format.encode(new Float32Array(64).fill(0.5))).toHaveLength((64 / format.blockLength) * format.blockBytes);
    }
  });
});

describe('limit', () => {
  it.each<GgufDtype>(['f16', 'q8_0', 'q4_0'])('is where %s becomes infinite', (dtype) => {
    const { limit, encode } = elementFormats[dtype];
    const first = (value: number): number => {
      const bytes = encode(new Float32Array(32).fill(value));
      return ((bytes[1] as number) << 8) | (bytes[0] as number);
    };
    expect(first(limit) & 0x7fff).toBe(0x7c00);
    expect(first(limit * 0.999) & 0x7fff).toBeLessThan(0x7c00);
  });
});

describe('formatOf', () => {
  it('keeps vectors and what must be exact, and takes float16 where rows are no whole blocks', () => {
    expect(formatOf([64], 'q8_0')).toBe(elementFormats.f32);
    expect(formatOf([4, 64], 'q8_0', true)).toBe(elementFormats.f32);
    expect(formatOf([4, 64], 'q8_0')).toBe(elementFormats.q8_0);
    expect(formatOf([4, 48], 'q8_0')).toBe(elementFormats.f16);
    expect(formatOf([4, 48], 'bf16')).toBe(elementFormats.bf16);
  });
});
