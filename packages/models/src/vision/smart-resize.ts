import { RlloomError } from '@rlloom/spec';

/** Bounds of {@link smartResize}. */
export interface PixelLimits {
  /** Both sides become multiples of it: patch size × merge size. */
  readonly factor: number;
  readonly minPixels: number;
  readonly maxPixels: number;
}

/** Height and width of an image in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/**
 * The size an image is brought to: sides that are multiples of `factor`, between `minPixels` and `maxPixels` pixels,
 * the aspect ratio as near as that allows (Qwen2-VL, arXiv:2409.12191). `maxPixels` can be exceeded only where
 * a side of one `factor` forces it.
 *
 * @throws RlloomError kind `data` for an aspect ratio above 200
 * @example
 * ```ts
 * const limits = { factor: 28, minPixels: 3136, maxPixels: 1003520 };
 * smartResize({ height: 1080, width: 1920 }, limits); // => { height: 728, width: 1316 }
 * ```
 */
export function smartResize({ height, width }: ImageSize, { factor, minPixels, maxPixels }: PixelLimits): ImageSize {
  const ratio = Math.max(height, width) / Math.min(height, width);
  if (!(ratio <= 200)) {
    throw new RlloomError('data', {
      what: `the aspect ratio of a ${width} × ${height} image is above 200`,
      where: 'image',
      fix: 'crop the image',
    });
  }
  const nearest = { height: roundToEven(height / factor) * factor, width: roundToEven(width / factor) * factor };
  const pixels = nearest.height * nearest.width;
  if (pixels > maxPixels) {
    const shrink = Math.sqrt((height * width) / maxPixels);
    const side = (length: number) => Math.max(factor, Math.floor(length / shrink / factor) * factor);
    return { height: side(height), width: side(width) };
  }
  if (pixels < minPixels) {
    const grow = Math.sqrt(minPixels / (height * width));
    const side = (length: number) => Math.ceil((length * grow) / factor) * factor;
    return { height: side(height), width: side(width) };
  }
  return nearest;
}

// Python's round: halves go to the even neighbour.
function roundToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
