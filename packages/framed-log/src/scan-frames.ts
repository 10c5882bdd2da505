import type { FileHandle } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import { frameHeaderBytes, isIntact, payloadLength } from './frame.ts';
import type { FrameFormat } from './frame-format.ts';

/** A whole frame and where it ends. */
export interface ScannedFrame {
  readonly payload: Buffer;
  /** Offset of the byte after the frame. */
  readonly end: number;
}

/**
 * The whole frames of an open file, from its start. Ends silently at the first frame that is cut off or
 * damaged: the caller compares the last `end` with the size.
 *
 * @throws RlloomError `data` when the file is of another kind
 */
export async function* scanFrames(
  handle: FileHandle,
  { file, name, magic }: FrameFormat & { readonly file: string },
): AsyncGenerator<ScannedFrame> {
  const { size } = await handle.stat();
  const found = await readExactly(handle, 0, Math.min(size, magic.length));
  if (!found.equals(magic.subarray(0, found.length))) {
    throw new RlloomError('data', {
      what: `this is no ${name} of this version`,
      where: file,
      fix: 'choose another file, or delete this one',
    });
  }
  let offset = magic.length;
  while (offset + frameHeaderBytes <= size) {
    const header = await readExactly(handle, offset, frameHeaderBytes);
    const length = payloadLength(header);
    const end = offset + frameHeaderBytes + length;
    if (length === 0 || end > size) return;
    const payload = await readExactly(handle, offset + frameHeaderBytes, length);
    if (!isIntact(header, payload)) return;
    yield { payload, end };
    offset = end;
  }
}

async function readExactly(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
