import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readVisionFixture, visionFixturePath } from '../testing/vision-fixtures.ts';
import { decodeImage } from './decode-image.ts';
import { loadImageProcessorConfig, parseImageProcessorConfig } from './image-processor-config.ts';
import { processImages } from './process-images.ts';
import { resizeBicubic } from './resize-bicubic.ts';

const sha256 = (bytes: NodeJS.ArrayBufferView) => createHash('sha256').update(bytes).digest('hex');

describe.each(['hub', 'nested'])('the images of %s', (name) => {
  const directory = visionFixturePath(name);
  const { images } = readVisionFixture(directory);

  it.each(images)('$file: every byte and number of Pillow and transformers', async (expected) => {
    const image = await decodeImage(await readFile(join(directory, expected.file)), expected.file);
    expect({ height: image.height, width: image.width, sha256: sha256(image.data) }).toEqual(expected.decoded);
    expect(sha256(resizeBicubic(image, expected.resized).data)).toBe(expected.resized.sha256);

    const { pixelValues, grids } = processImages(await loadImageProcessorConfig(directory), [image]);
    expect(grids.map(({ frames, rows, columns }) => [frames, rows, columns])).toEqual([expected.grid]);
    const sample = pixelValues.filter((_, i) => i % expected.pixel_values_stride === 0);
    for (const [i, value] of expected.pixel_values.entries()) expect(sample[i]).toBeCloseTo(value, 6);
    expect(sha256(pixelValues)).toBe(expected.pixel_values_sha256);
  });
});

describe('processImages', () => {
  it('orders blocks, patches, channels, frames, rows', () => {
    const config = parseImageProcessorConfig({
      patch_size: 1,
      temporal_patch_size: 2,
      merge_size: 2,
      do_resize: false,
      do_rescale: false,
      do_normalize: false,
    });
    // Red counts 0 … 7 over two rows of four; green is 100 more, blue 200 more.
    const data = Uint8Array.from({ length: 24 }, (_, i) => Math.floor(i / 3) + 100 * (i % 3));
    const { pixelValues, grids } = processImages(config, [{ width: 4, height: 2, data }]);
    expect(grids).toEqual([{ frames: 1, rows: 2, columns: 4 }]);
    const patch = (red: number) => [red, red, red + 100, red + 100, red + 200, red + 200];
    expect([...pixelValues]).toEqual([0, 1, 4, 5, 2, 3, 6, 7].flatMap(patch));
  });

  it('refuses a size it may not change', () => {
    const config = parseImageProcessorConfig({ do_resize: false });
    const image = { width: 28, height: 29, data: new Uint8Array(28 * 29 * 3) };
    expect(() => processImages(config, [image])).toThrow('28 × 29');
    expect(processImages(config, [])).toEqual({ pixelValues: new Float32Array(), grids: [] });
  });

  it('refuses other filters and wrong values', () => {
    expect(() => parseImageProcessorConfig({ resample: 2 })).toThrow('resample = 2');
    expect(() => parseImageProcessorConfig({ image_mean: [0.5] })).toThrow('image_mean');
  });
});

describe('decodeImage', () => {
  it('keeps the higher byte of 16 bits', async () => {
    const png = encode({ width: 1, height: 1, depth: 16, channels: 3, data: Uint16Array.of(0x1234, 0xff00, 0x00ff) });
    expect([...(await decodeImage(png)).data]).toEqual([0x12, 0xff, 0]);
  });

  it('turns a JPEG as its EXIF orientation says', async () => {
    const jpeg = await readFile(visionFixturePath('hub/photo.jpg'));
    const upright = await decodeImage(jpeg);
    const turned = await decodeImage(withOrientation(jpeg, 6));
    expect([turned.width, turned.height]).toEqual([upright.height, upright.width]);
    // Orientation 6: the left lower corner is shown at the left top.
    const corner = (upright.height - 1) * upright.width * 3;
    expect(turned.data.subarray(0, 3)).toEqual(upright.data.subarray(corner, corner + 3));
  });

  it('names what it cannot read, and goes on afterwards', async () => {
    const jpeg = await readFile(visionFixturePath('hub/photo.jpg'));
    const png = await readFile(visionFixturePath('hub/rgb.png'));
    await expect(decodeImage(Buffer.from('GIF89a'), 'a.gif')).rejects.toThrow(
      'a.gif: the image is neither PNG nor JPEG',
    );
    await expect(decodeImage(png.subarray(0, png.length / 2), 'b.png')).rejects.toThrow('b.png: the PNG image');
    await expect(decodeImage(jpeg.subarray(0, jpeg.length / 2), 'c.jpg')).rejects.toThrow('c.jpg: the JPEG image');
    await expect(decodeImage(Uint8Array.of(0xff, 0xd8, 0xff, 0), 'd.jpg')).rejects.toThrow('d.jpg: the JPEG image');
    expect((await decodeImage(jpeg)).width).toBe(61);
  });
});

// An APP1 segment with one entry of the first image directory: tag 0x0112, a short.
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const content = [...Buffer.from('Exif\0\0'), ...tiff];
  return Uint8Array.from([...jpeg.subarray(0, 2), 0xff, 0xe1, 0, content.length + 2, ...content, ...jpeg.subarray(2)]);
}
