import type { Task } from '@rlloom/spec';
import type { Box } from './box.ts';

/** What coordinates count: pixels, shares of the image from 0 to 1, thousandths (Qwen2-VL), or 1024ths (PaliGemma). */
export type Coordinates = 'pixels' | 'unit' | 'thousand' | 'of_1024';

/** Size of an image in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** The size of a task's image: `image_size` as `[width, height]` or an object, or `width` and `height` of the record. */
export function imageSizeOf({ extra = {} }: Task): ImageSize | undefined {
  const written = extra['image_size'] ?? extra;
  const { width, height } = (
    Array.isArray(written) ? { width: written[0] as unknown, height: written[1] as unknown } : written
  ) as { readonly width?: unknown; readonly height?: unknown };
  return isSize(width) && isSize(height) ? { width, height } : undefined;
}

/** What a coordinate of 1 is in shares of the image; `undefined` when the size of the image is needed and not known. */
export function unitOf(coordinates: Coordinates, size: ImageSize | undefined): ImageSize | undefined {
  switch (coordinates) {
    case 'pixels':
      return size === undefined ? undefined : { width: 1 / size.width, height: 1 / size.height };
    case 'unit':
      return { width: 1, height: 1 };
    case 'thousand':
      return { width: 1 / 1000, height: 1 / 1000 };
    case 'of_1024':
      return { width: 1 / 1024, height: 1 / 1024 };
  }
}

/** A box in other coordinates. */
export function scaleBox(box: Box, { width, height }: ImageSize): Box {
  return { ...box, x1: box.x1 * width, y1: box.y1 * height, x2: box.x2 * width, y2: box.y2 * height };
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
