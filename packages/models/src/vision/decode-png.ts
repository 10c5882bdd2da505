import { convertIndexedToRgb, type DecodedPng, decode } from 'fast-png';
import { dropAlpha, type RgbImage } from './rgb-image.ts';

/** Decodes a PNG file: alpha is dropped, grey becomes three equal channels, 16 bits keep their higher 8. */
export function decodePng(bytes: Uint8Array): RgbImage {
  const png = decode(bytes, { checkCrc: true });
  const { width, height, palette, depth, channels } = png;
  if (palette !== undefined) {
    const colours = convertIndexedToRgb(png);
    return { width, height, data: dropAlpha(colours, colours.length / (width * height)) };
  }
  const samples = depth < 8 ? unpackGrey(png) : depth === 16 ? png.data.map((value) => value >>> 8) : png.data;
  return { width, height, data: dropAlpha(samples, channels) };
}

// Rows of 1, 2 or 4 bits per pixel, each row from a new byte; the largest value is white.
function unpackGrey({ width, height, depth, data }: DecodedPng): Uint8Array {
  const largest = 2 ** depth - 1;
  const rowBytes = Math.ceil((width * depth) / 8);
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * rowBytes + (bit >>> 3)] as number;
      values[y * width + x] = (((byte >>> (8 - depth - (bit & 7))) & largest) * 255) / largest;
    }
  }
  return values;
}
