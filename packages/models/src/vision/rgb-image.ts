/** An image of 8-bit red, green and blue, row by row from the top. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `[height,width,3]` */
  readonly data: Uint8Array;
}

/** The first three of every `channels` bytes; one or two channels are grey (and alpha), repeated. Alpha is dropped. */
export function dropAlpha(bytes: ArrayLike<number>, channels: number): Uint8Array {
  const pixels = bytes.length / channels;
  const data = new Uint8Array(pixels * 3);
  const step = channels < 3 ? 0 : 1;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) data[3 * i + c] = bytes[i * channels + c * step] as number;
  }
  return data;
}
