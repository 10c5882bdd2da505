import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visionFixturePath } from '../testing/vision-fixtures.ts';
import { resizeBicubic } from './resize-bicubic.ts';
import { smartResize } from './smart-resize.ts';

const fixture = JSON.parse(readFileSync(visionFixturePath('resize.json'), 'utf8')) as {
  smart_resize: [number, number, number, number, number, number, number][];
  bicubic: { size: [number, number]; to: [number, number]; sha256: string }[];
};

describe('smartResize', () => {
  it('gives the sizes of the reference', () => {
    expect(fixture.smart_resize.length).toBeGreaterThan(30);
    for (const [height, width, factor, minPixels, maxPixels, newHeight, newWidth] of fixture.smart_resize) {
      expect(smartResize({ height, width }, { factor, minPixels, maxPixels })).toEqual({
        height: newHeight,
        width: newWidth,
      });
    }
  });

  it('rounds halves to the even multiple, as Python does', () => {
    const limits = { factor: 10, minPixels: 1, maxPixels: 1e9 };
    expect(smartResize({ height: 25, width: 35 }, limits)).toEqual({ height: 20, width: 40 });
  });

  it('keeps multiples of the factor, and the limits where both sides have room', () => {
    const side = fc.integer({ min: 30, max: 3000 });
    fc.assert(
      fc.property(side, side, (height, width) => {
        const limits = { factor: 28, minPixels: 56 * 56, maxPixels: 28 * 28 * 1280 };
        const size = smartResize({ height, width }, limits);
        expect([size.height % 28, size.width % 28]).toEqual([0, 0]);
        expect(size.height * size.width).toBeGreaterThanOrEqual(limits.minPixels);
        expect(size.height * size.width).toBeLessThanOrEqual(limits.maxPixels);
      }),
    );
  });

  it.each([
    { height: 1, width: 201 },
    { height: 0, width: 5 },
  ])('refuses $height × $width', (size) => {
    expect(() => smartResize(size, { factor: 28, minPixels: 1, maxPixels: 1e6 })).toThrow('aspect ratio');
  });
});

describe('resizeBicubic', () => {
  it.each(fixture.bicubic)('gives the bytes of Pillow from $size to $to', ({ size, to, sha256 }) => {
    const resized = resizeBicubic(formulaImage(...size), { height: to[0], width: to[1] });
    expect(createHash('sha256').update(resized.data).digest('hex')).toBe(sha256);
  });

  it('keeps an image of the right size, and every flat colour', () => {
    const image = formulaImage(5, 4);
    expect(resizeBicubic(image, image)).toBe(image);
    const flat = { width: 9, height: 5, data: new Uint8Array(9 * 5 * 3).fill(201) };
    expect(new Set(resizeBicubic(flat, { height: 13, width: 4 }).data)).toEqual(new Set([201]));
  });
});

// The formula of make.py.
function formulaImage(height: number, width: number) {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    return (x * 7 + y * 13 + c * 29 + x * y * (c + 1)) % 256;
  });
  return { width, height, data };
}
