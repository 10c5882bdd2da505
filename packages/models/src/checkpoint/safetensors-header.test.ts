import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSafetensorsHeader, serializeSafetensorsHeader, type TensorEntry } from './safetensors-header.ts';

const parse = (header: unknown, dataBytes: number) =>
  parseSafetensorsHeader(typeof header === 'string' ? header : JSON.stringify(header), {
    dataBytes,
    where: 'a.safetensors',
  });
const entry = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('safetensors header', () => {
  it('reads back what it wrote, at a multiple of eight', () => {
    const shapes = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
      fc.array(fc.nat(5), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(shapes, (named) => {
        let end = 0;
        const tensors = new Map<string, TensorEntry>();
        for (const [name, shape] of Object.entries(named)) {
          const begin = end;
          end += 4 * shape.reduce((a, b) => a * b, 1);
          tensors.set(name, { dtype: 'F32', shape, begin, end });
        }
        const bytes = serializeSafetensorsHeader({ metadata: { format: 'pt' }, tensors });
        const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
        expect([bytes.length % 8, bytes.length, bytes[8]]).toEqual([0, 8 + length, '{'.charCodeAt(0)]);
        const read = parse(new TextDecoder().decode(bytes.subarray(8)), end);
        expect(read.metadata).toEqual({ format: 'pt' });
        expect(Object.fromEntries(read.tensors)).toEqual(Object.fromEntries(tensors));
      }),
    );
  });

  it.each([
    ['no JSON', '{"a":', 0, /not a JSON object/],
    ['an array', [], 0, /not a JSON object/],
    ['a missing field', { a: { dtype: 'F32', shape: [1] } }, 4, /header is not valid: a\.data_offsets/],
    ['a negative length', { a: entry([-1], 0, 4) }, 4, /header is not valid/],
    ['another size than the shape', { a: entry([2], 0, 4) }, 4, /a: \[2\] of F32 takes 8 bytes, the header gives it 4/],
    ['an overlap', { a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8, /b: the tensor overlaps a/],
    ['a hole', { a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12, /b: 4 bytes before the tensor belong to none/],
    ['a truncated file', { a: entry([2], 0, 8) }, 5, /a: the file is truncated: it ends 3 bytes before/],
    ['bytes at the end', { a: entry([1], 0, 4) }, 9, /5 bytes after the last tensor/],
    ['metadata that is no text', { __metadata__: { format: 1 } }, 0, /header is not valid: format/],
  ])('refuses %s', (...[, header, dataBytes, message]) => {
    expect(() => parse(header, dataBytes)).toThrow(message);
  });
});
