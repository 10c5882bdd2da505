import type { RgbImage } from './rgb-image.ts';
import type { ImageSize } from './smart-resize.ts';

/**
 * Resizes with the antialiased cubic filter (Keys, a = −1/2) in the fixed-point arithmetic of Pillow: weights of 22
 * fractional bits, first along rows, then along columns, each pass rounded to 8 bits. The bytes equal Pillow's.
 */
export function resizeBicubic(image: RgbImage, size: ImageSize): RgbImage {
  const wide = image.width === size.width ? image : resizeRows(image, size.width);
  return wide.height === size.height ? wide : resizeColumns(wide, size.height);
}

const fractionBits = 22;

/** The source pixels `start … start + weights.length − 1` make one target pixel. */
interface Taps {
  readonly start: number;
  /** Multiples of 2⁻²² that sum to about 1. */
  readonly weights: Int32Array;
}

function resizeRows({ width, height, data }: RgbImage, newWidth: number): RgbImage {
  const taps = tapsOf(width, newWidth);
  const resized = new Uint8Array(newWidth * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { start, weights } = taps[x] as Taps;
      blend({ data, at: (y * width + start) * 3, step: 3, weights }, resized, (y * newWidth + x) * 3);
    }
  }
  return { width: newWidth, height, data: resized };
}

function resizeColumns({ width, height, data }: RgbImage, newHeight: number): RgbImage {
  const taps = tapsOf(height, newHeight);
  const resized = new Uint8Array(width * newHeight * 3);
  for (let y = 0; y < newHeight; y++) {
    const { start, weights } = taps[y] as Taps;
    for (let x = 0; x < width; x++) {
      blend({ data, at: (start * width + x) * 3, step: width * 3, weights }, resized, (y * width + x) * 3);
    }
  }
  return { width, height: newHeight, data: resized };
}

interface Source {
  readonly data: Uint8Array;
  readonly at: number;
  readonly step: number;
  readonly weights: Int32Array;
}

function blend({ data, at, step, weights }: Source, target: Uint8Array, to: number): void {
  const half = 2 ** (fractionBits - 1);
  let [red, green, blue] = [half, half, half];
  for (let i = 0, from = at; i < weights.length; i++, from += step) {
    const weight = weights[i] as number;
    red += weight * (data[from] as number);
    green += weight * (data[from + 1] as number);
    blue += weight * (data[from + 2] as number);
  }
  target[to] = clip(red);
  target[to + 1] = clip(green);
  target[to + 2] = clip(blue);
}

function clip(sum: number): number {
  const value = sum >> fractionBits;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function tapsOf(size: number, newSize: number): Taps[] {
  const scale = size / newSize;
  // Shrinking widens the filter, so that every source pixel counts.
  const stretch = Math.max(scale, 1);
  const support = 2 * stretch;
  return Array.from({ length: newSize }, (_, target) => {
    const centre = (target + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(size, Math.trunc(centre + support + 0.5));
    const exact = Array.from({ length: end - start }, (__, i) => cubic((start + i - centre + 0.5) * (1 / stretch)));
    const sum = exact.reduce((a, b) => a + b, 0);
    return { start, weights: Int32Array.from(exact, (weight) => roundHalfAway((weight / sum) * 2 ** fractionBits)) };
  });
}

function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function roundHalfAway(value: number): number {
  return Math.trunc(value < 0 ? value - 0.5 : value + 0.5);
}
