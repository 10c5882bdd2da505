import { RlloomError } from '@rlloom/spec';
import { type ImageGrid, type ImagePatches, patchCount } from './image-grid.ts';
import type { ImageProcessorConfig } from './image-processor-config.ts';
import { resizeBicubic } from './resize-bicubic.ts';
import type { RgbImage } from './rgb-image.ts';
import { smartResize } from './smart-resize.ts';

/**
 * Images as patches for the vision tower: resized ({@link smartResize}), rescaled, normalised, cut. Equal to
 * transformers' Qwen2VLImageProcessor on Pillow, in float32.
 *
 * @throws RlloomError kind `data` for an aspect ratio above 200, or a size that is no multiple of the patches where the
 * configuration does not resize
 */
export function processImages(config: ImageProcessorConfig, images: readonly RgbImage[]): ImagePatches {
  const resized = images.map((image) => fitted(config, image));
  const { patchSize, temporalPatchSize } = config;
  const grids = resized.map(
    ({ width, height }): ImageGrid => ({ frames: 1, rows: height / patchSize, columns: width / patchSize }),
  );
  const width = 3 * temporalPatchSize * patchSize * patchSize;
  const pixelValues = new Float32Array(grids.reduce((sum, grid) => sum + patchCount(grid), 0) * width);
  const tables = [0, 1, 2].map((channel) => valuesOfBytes(config, channel));
  let at = 0;
  for (const image of resized) {
    writePatches(config, image, {
      tables,
      target: pixelValues.subarray(at, (at += (image.data.length / 3) * 3 * temporalPatchSize)),
    });
  }
  return { pixelValues, grids };
}

function fitted(config: ImageProcessorConfig, image: RgbImage): RgbImage {
  const factor = config.patchSize * config.mergeSize;
  if (config.resize) return resizeBicubic(image, smartResize(image, { ...config, factor }));
  if (image.height % factor === 0 && image.width % factor === 0) return image;
  throw new RlloomError('data', {
    what: `the sides of a ${image.width} × ${image.height} image are not multiples of ${factor}`,
    where: 'image',
    fix: 'set do_resize in preprocessor_config.json',
  });
}

// What each of the 256 bytes becomes, in the roundings of the reference.
function valuesOfBytes({ rescaleFactor, normalisation }: ImageProcessorConfig, channel: number): Float32Array {
  const mean = Math.fround(normalisation?.means[channel] ?? 0);
  const deviation = Math.fround(normalisation?.deviations[channel] ?? 1);
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const value = Math.fround(byte * (rescaleFactor ?? 1));
    return normalisation === undefined ? value : Math.fround(value - mean) / deviation;
  });
}

// Order of the numbers: block of rows, block of columns, row in the block, column in the block; then within a patch
// channel, frame, y, x.
function writePatches(
  { patchSize, temporalPatchSize, mergeSize }: ImageProcessorConfig,
  { width, height, data }: RgbImage,
  { tables, target }: { readonly tables: readonly Float32Array[]; readonly target: Float32Array },
): void {
  const block = patchSize * mergeSize;
  let at = 0;
  const writePatch = (top: number, left: number): void => {
    for (const [channel, table] of tables.entries()) {
      const start = at;
      for (let y = top; y < top + patchSize; y++) {
        for (let x = left; x < left + patchSize; x++) {
          target[at++] = table[data[(y * width + x) * 3 + channel] as number] as number;
        }
      }
      for (let frame = 1; frame < temporalPatchSize; frame++) {
        target.copyWithin(at, start, start + patchSize * patchSize);
        at += patchSize * patchSize;
      }
    }
  };
  for (let blockTop = 0; blockTop < height; blockTop += block) {
    for (let blockLeft = 0; blockLeft < width; blockLeft += block) {
      for (let top = blockTop; top < blockTop + block; top += patchSize) {
        for (let left = blockLeft; left < blockLeft + block; left += patchSize) writePatch(top, left);
      }
    }
  }
}
