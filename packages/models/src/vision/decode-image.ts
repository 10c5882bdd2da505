import { RlloomError } from '@rlloom/spec';
import { decodeJpeg } from './decode-jpeg.ts';
import { decodePng } from './decode-png.ts';
import type { RgbImage } from './rgb-image.ts';

/**
 * Decodes a PNG or JPEG file to 8-bit RGB, as `convert('RGB')` of Pillow does: alpha is dropped, not blended. A JPEG is
 * turned as its EXIF orientation says.
 *
 * @param bytes the whole file
 * @param where named in errors; default `image`
 * @throws RlloomError kind `data` for another format or a damaged file
 */
export async function decodeImage(bytes: Uint8Array, where = 'image'): Promise<RgbImage> {
  const decoder = decoders.find(({ signature }) => signature.every((byte, i) => bytes[i] === byte));
  if (decoder === undefined) {
    throw new RlloomError('data', {
      what: 'the image is neither PNG nor JPEG',
      where,
      fix: 'convert it to one of the two',
    });
  }
  try {
    return await decoder.decode(bytes);
  } catch (error) {
    throw new RlloomError('data', {
      what: `the ${decoder.name} image cannot be decoded: ${(error as Error).message}`,
      where,
      fix: 'download or save the image again, as RGB or grey',
      cause: error,
    });
  }
}

const decoders: readonly {
  readonly name: string;
  readonly signature: readonly number[];
  readonly decode: (bytes: Uint8Array) => RgbImage | Promise<RgbImage>;
}[] = [
  { name: 'PNG', signature: [0x89, 0x50, 0x4e, 0x47], decode: decodePng },
  { name: 'JPEG', signature: [0xff, 0xd8, 0xff], decode: decodeJpeg },
];
