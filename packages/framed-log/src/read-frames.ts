import { type FileHandle, open } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import type { FrameFormat, TornTail } from './frame-format.ts';
import { scanFrames } from './scan-frames.ts';

/**
 * The payloads of a file of frames in the order they were written; one in memory at a time.
 *
 * @param format the kind of file that is expected; `onTornTail` is called when the file ends in an incomplete frame (a
 *   killed run), which is left out
 * @throws RlloomError `data`: no such file, or a file of another kind
 */
export async function* readFrames(
  file: string,
  { name, magic, onTornTail }: FrameFormat & { readonly onTornTail?: (tail: TornTail) => void },
): AsyncGenerator<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new RlloomError('data', { what: `the ${name} cannot be opened`, where: file, cause: error });
  }
  try {
    const { size } = await handle.stat();
    let offset = Math.min(size, magic.length);
    for await (const { payload, end } of scanFrames(handle, { file, name, magic })) {
      offset = end;
      yield payload;
    }
    if (offset < size) onTornTail?.({ file, offset, droppedBytes: size - offset });
  } finally {
    await handle.close();
  }
}
