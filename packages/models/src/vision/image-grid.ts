/** How an image is cut into patches: `image_grid_thw` of transformers. */
export interface ImageGrid {
  /** 1 for an image. */
  readonly frames: number;
  /** Rows of patches; a multiple of the merge size. */
  readonly rows: number;
  /** Columns of patches; a multiple of the merge size. */
  readonly columns: number;
}

/** Patches of a grid. */
export function patchCount({ frames, rows, columns }: ImageGrid): number {
  return frames * rows * columns;
}

/** Tokens a grid takes in the text: `mergeSize × mergeSize` patches are one. */
export function imageTokenCount(grid: ImageGrid, mergeSize: number): number {
  return patchCount(grid) / (mergeSize * mergeSize);
}

/** Images as a vision tower reads them. */
export interface ImagePatches {
  /** `[patches, 3 · frames per patch · patch size²]`, image after image; patches that merge stand together. */
  readonly pixelValues: Float32Array;
  readonly grids: readonly ImageGrid[];
}
