import { type FileHandle, open } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import { fileMagic } from './frame.ts';
import { scanFrames } from './scan-frames.ts';

/** What is left of frames whose writing was cut short. */
export interface TornTail {
  readonly file: string;
  /** Where the last whole frame ends. */
  readonly offset: number;
  /** Bytes after it, which are ignored. */
  readonly droppedBytes: number;
}

/**
 * The payloads of a file of frames in the order they were written; one in memory at a time.
 *
 * @param options.magic the kind of file that is expected; default: a trajectory file
 * @param options.onTornTail called when the file ends in an incomplete frame (a killed run); it is left out
 * @throws RlloomError `data`: no such file, or a file of another kind
 */
export async function* readFrames(
  file: string,
  options: { readonly magic?: Uint8Array; readonly onTornTail?: (tail: TornTail) => void } = {},
): AsyncGenerator<Uint8Array> {
  const { magic = fileMagic } = options;
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new RlloomError('data', { what: 'the file cannot be opened', where: file, cause: error });
  }
  try {
    const { size } = await handle.stat();
    let offset = Math.min(size, magic.length);
    for await (const { payload, end } of scanFrames(handle, { file, magic })) {
      offset = end;
      yield payload;
    }
    if (offset < size) options.onTornTail?.({ file, offset, droppedBytes: size - offset });
  } finally {
    await handle.close();
  }
}
