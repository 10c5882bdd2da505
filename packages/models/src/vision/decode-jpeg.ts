import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import mozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { dropAlpha, type RgbImage } from './rgb-image.ts';

/**
 * Decodes a JPEG file, turned as its EXIF orientation says. The pixels are those of libjpeg-turbo, bit by bit.
 *
 * @throws Error with the decoder's words for a damaged or truncated file, and for CMYK
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<RgbImage> {
  const { decoder, messages } = await (running ??= start());
  messages.length = 0;
  try {
    const image = decoder.decode(new Uint8Array(bytes), true);
    // The decoder fills what is missing with grey and only warns.
    if (messages.length > 0) throw new Error('damaged data');
    return { width: image.width, height: image.height, data: dropAlpha(image.data, 4) };
  } catch (error) {
    // The decoder calls exit; that instance cannot be used again.
    running = undefined;
    throw new Error(messages.join('; ') || 'the decoder gave up', { cause: error });
  }
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

interface Decoder {
  decode(bytes: Uint8Array, applyOrientation: boolean): Pixels;
}

interface RunningDecoder {
  readonly decoder: Decoder;
  /** What the decoder has said since the last call. */
  readonly messages: string[];
}

let running: Promise<RunningDecoder> | undefined;

async function start(): Promise<RunningDecoder> {
  const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
  const messages: string[] = [];
  const say = (text: string): void => {
    messages.push(text);
  };
  const options = { noInitialRun: true, wasmBinary: await readFile(path), print: say, printErr: say };
  return { decoder: await (mozjpeg as unknown as (given: typeof options) => Promise<Decoder>)(options), messages };
}
