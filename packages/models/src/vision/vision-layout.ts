import { type ImageGrid, patchCount } from './image-grid.ts';
import type { VisionTowerConfig } from './vision-config.ts';

/** Rows that attend to one another, cut into segments of equal length. */
export interface SegmentGroup {
  readonly segments: number;
  /** Patches of each segment. */
  readonly length: number;
}

/** Which rows attend to one another. */
export interface Segments {
  /** The segments in the order of the rows, joined where neighbours have equal lengths. */
  readonly groups: readonly SegmentGroup[];
  /** The row that stands at each place once segments are together; `undefined` when they are. `[patches]` */
  readonly gather: Int32Array | undefined;
  /** The place of each row once segments are together. */
  readonly restore: Int32Array | undefined;
}

/** Order of the patches in the tower, and what they see. */
export interface VisionLayout {
  /** The patch at each place. `[patches]` */
  readonly order: Int32Array;
  /** The place of each merged token. `[tokens]` */
  readonly placeOfToken: Int32Array;
  /** Row and column of the patch at each place. `[patches,2]` */
  readonly coordinates: Float32Array;
  /** Windows, for most layers. */
  readonly windows: Segments;
  /** Whole images, for the layers of full attention. */
  readonly images: Segments;
}

/**
 * Lays out the patches of images. Attention does not mind the order of its rows, so windows of equal size stand
 * together, over all images: each size is one batched product, and nothing is padded.
 */
export function visionLayout(config: VisionTowerConfig, grids: readonly ImageGrid[]): VisionLayout {
  const unit = config.mergeSize ** 2;
  // Stable: within a size, windows stay in the order of images, rows and columns.
  const windows = windowsOf(config, grids).sort((a, b) => a.length - b.length);
  const tokens = Int32Array.from(windows.flat());
  const order = Int32Array.from({ length: tokens.length * unit }, (_, place) => {
    return (tokens[Math.floor(place / unit)] as number) * unit + (place % unit);
  });
  const coordinates = patchCoordinates(config, grids);
  const frames = grids.flatMap((grid) => Array.from({ length: grid.frames }, () => patchCount(grid) / grid.frames));
  const placeOfPatch = inverse(order);
  return {
    order,
    placeOfToken: inverse(tokens),
    coordinates: Float32Array.from({ length: order.length * 2 }, (_, i) => {
      return coordinates[(order[i >>> 1] as number) * 2 + (i & 1)] as number;
    }),
    windows: {
      groups: joinEqual(windows.map((window) => window.length * unit)),
      gather: undefined,
      restore: undefined,
    },
    images: {
      groups: joinEqual(frames),
      // A single image needs no gathering: all rows are its own.
      gather: frames.length === 1 ? undefined : placeOfPatch,
      restore: frames.length === 1 ? undefined : order,
    },
  };
}

// The merged tokens of each window; windows at the right and lower edge are smaller.
function windowsOf({ windowSize, mergeSize, patchSize }: VisionTowerConfig, grids: readonly ImageGrid[]): number[][] {
  const side = Math.floor(Math.floor(windowSize / mergeSize) / patchSize);
  const windows: number[][] = [];
  let first = 0;
  for (const grid of grids) {
    const [rows, columns] = [grid.rows / mergeSize, grid.columns / mergeSize];
    for (let frame = 0; frame < grid.frames; frame++) {
      for (let top = 0; top < rows; top += side) {
        for (let left = 0; left < columns; left += side) {
          const window: number[] = [];
          for (let y = top; y < Math.min(top + side, rows); y++) {
            for (let x = left; x < Math.min(left + side, columns); x++) window.push(first + y * columns + x);
          }
          windows.push(window);
        }
      }
      first += rows * columns;
    }
  }
  return windows;
}

function patchCoordinates({ mergeSize }: VisionTowerConfig, grids: readonly ImageGrid[]): number[] {
  const coordinates: number[] = [];
  for (const { frames, rows, columns } of grids) {
    for (let frame = 0; frame < frames; frame++) {
      for (let top = 0; top < rows; top += mergeSize) {
        for (let left = 0; left < columns; left += mergeSize) {
          for (let y = top; y < top + mergeSize; y++) {
            for (let x = left; x < left + mergeSize; x++) coordinates.push(y, x);
          }
        }
      }
    }
  }
  return coordinates;
}

function joinEqual(lengths: readonly number[]): SegmentGroup[] {
  const groups: SegmentGroup[] = [];
  for (const length of lengths) {
    const last = groups.at(-1);
    if (last?.length === length) groups[groups.length - 1] = { length, segments: last.segments + 1 };
    else groups.push({ length, segments: 1 });
  }
  return groups;
}

function inverse(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  order.forEach((item, place) => (places[item] = place));
  return places;
}
