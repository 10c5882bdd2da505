import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RlloomError, toStorageError } from '@rlloom/spec';
import { encodeFrame } from './frame.ts';
import type { FrameFormat, TornTail } from './frame-format.ts';
import { scanFrames } from './scan-frames.ts';

/** Appends frames to a file. */
export interface FrameWriter {
  /** Bytes of whole frames in the file: what a checkpoint remembers for `truncateTo`. */
  readonly offset: number;
  /**
   * Writes payloads in order, a frame each, and takes them one by one: those of a generator are never all in memory.
   * After a failed write (full disk) the file ends at a whole frame.
   */
  append(payloads: Iterable<Uint8Array>): Promise<void>;
  /** Forces what was appended to the disk; call it before a checkpoint that remembers `offset`. */
  sync(): Promise<void>;
  /** Closes the file; safe to call twice. */
  close(): Promise<void>;
}

/** Options of `createFrameWriter`. */
export interface FrameWriterOptions extends FrameFormat {
  /** Cuts the file back to this `offset` first: frames written after a checkpoint. Default: keep all whole frames. */
  readonly truncateTo?: number;
  /** Called when the file ended in an incomplete frame (a killed run), which is cut off. */
  readonly onTornTail?: (tail: TornTail) => void;
}

// Frames are written in pieces of about this many bytes.
const pieceBytes = 2 ** 18;

/**
 * Opens a file of frames for appending, creating it and its folder. Each frame is checksummed and has its length before
 * it, so a run killed while writing loses that frame only.
 *
 * @throws RlloomError `storage`: disk full, no permission; `data`: the file is of another kind; `checkpoint`:
 *   `truncateTo` is not the end of a frame in this file
 */
export async function createFrameWriter(file: string, options: FrameWriterOptions): Promise<FrameWriter> {
  const onDisk = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toStorageError(error, file);
    }
  };
  const handle = await onDisk(async () => {
    await mkdir(dirname(file), { recursive: true });
    // Not `a`: in that mode Linux ignores the position of a write.
    return open(file, 'r+').catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'ENOENT') return open(file, 'w+');
      throw error;
    });
  });
  let offset: number;
  try {
    const start = await findStart(handle, { ...options, file });
    await onDisk(async () => {
      await handle.truncate(start);
      await handle.write(options.magic, 0, options.magic.length, 0);
    });
    offset = start;
  } catch (error) {
    await handle.close();
    throw error;
  }
  const write = (bytes: Buffer): Promise<void> =>
    onDisk(async () => {
      try {
        for (let written = 0; written < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written);
          written += bytesWritten;
        }
      } catch (error) {
        await handle.truncate(offset).catch(() => undefined);
        throw error;
      }
      offset += bytes.length;
    });
  const writeAll = async (payloads: Iterable<Uint8Array>): Promise<void> => {
    let piece: Buffer[] = [];
    let size = 0;
    for (const payload of payloads) {
      const frame = encodeFrame(payload);
      piece.push(frame);
      size += frame.length;
      if (size < pieceBytes) continue;
      await write(Buffer.concat(piece));
      piece = [];
      size = 0;
    }
    if (size > 0) await write(Buffer.concat(piece));
  };
  // Calls that are not awaited must not write over each other.
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  return {
    get offset() {
      return offset;
    },
    append(payloads) {
      const done = last.then(() => writeAll(payloads));
      last = done.catch(() => undefined);
      return done;
    },
    async sync() {
      await last;
      await onDisk(() => handle.sync());
    },
    async close() {
      if (closed) return;
      closed = true;
      await last;
      await handle.close();
    },
  };
}

// Where the first new frame goes: behind the last whole one, or where the checkpoint stood.
async function findStart(
  handle: FileHandle,
  { file, name, magic, truncateTo, onTornTail }: FrameWriterOptions & { readonly file: string },
): Promise<number> {
  const { size } = await handle.stat();
  let offset = magic.length;
  let found = truncateTo === undefined || truncateTo === offset;
  for await (const { end } of scanFrames(handle, { file, name, magic })) {
    if (truncateTo !== undefined && end > truncateTo) break;
    found ||= end === truncateTo;
    offset = end;
  }
  if (!found) {
    throw new RlloomError('checkpoint', {
      what: `no frame ends at byte ${truncateTo}, where the checkpoint says the file stood`,
      where: file,
      fix: 'the file was changed or cut after the checkpoint; restore it, or start a new run',
    });
  }
  if (truncateTo === undefined && size > offset) onTornTail?.({ file, offset, droppedBytes: size - offset });
  return offset;
}
