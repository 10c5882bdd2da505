import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RlloomError, toStorageError } from '@rlloom/spec';
import { encodeFrame, fileMagic } from './frame.ts';
import type { TornTail } from './read-frames.ts';
import { scanFrames } from './scan-frames.ts';

/** Appends frames to a file. */
export interface FrameWriter {
  /** Bytes of whole frames in the file: what a checkpoint remembers for `truncateTo`. */
  readonly offset: number;
  /** Writes payloads in order, a frame each. After a failed write (full disk) the file ends at the last whole frame. */
  append(payloads: readonly Uint8Array[]): Promise<void>;
  /** Forces what was appended to the disk; call it before a checkpoint that remembers `offset`. */
  sync(): Promise<void>;
  /** Closes the file; safe to call twice. */
  close(): Promise<void>;
}

/** Options of `createFrameWriter`. */
export interface FrameWriterOptions {
  /** First bytes of the file: its kind, and the version of its layout. Default: those of trajectory files. */
  readonly magic?: Uint8Array;
  /** Cuts the file back to this `offset` first: frames written after a checkpoint. Default: keep all whole frames. */
  readonly truncateTo?: number;
  /** Called when the file ended in an incomplete frame (a killed run), which is cut off. */
  readonly onTornTail?: (tail: TornTail) => void;
}

/**
 * Opens a file of frames for appending, creating it and its folder. Each frame is checksummed and has its length before
 * it, so a run killed while writing loses that frame only.
 *
 * @throws RlloomError `storage`: disk full, no permission; `data`: the file is of another kind; `checkpoint`:
 *   `truncateTo` is not the end of a frame in this file
 */
export async function createFrameWriter(file: string, options: FrameWriterOptions = {}): Promise<FrameWriter> {
  const { magic = fileMagic } = options;
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
    const { size } = await handle.stat();
    offset = magic.length;
    const { truncateTo } = options;
    let found = truncateTo === undefined || truncateTo === offset;
    for await (const { end } of scanFrames(handle, { file, magic })) {
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
    if (truncateTo === undefined && size > offset) {
      options.onTornTail?.({ file, offset, droppedBytes: size - offset });
    }
    const start = offset;
    await onDisk(async () => {
      await handle.truncate(start);
      await handle.write(magic, 0, magic.length, 0);
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
  const write = async (payloads: readonly Uint8Array[]): Promise<void> => {
    for (const payload of payloads) {
      const frame = encodeFrame(payload);
      try {
        for (let written = 0; written < frame.length; ) {
          const { bytesWritten } = await handle.write(frame, written, frame.length - written, offset + written);
          written += bytesWritten;
        }
      } catch (error) {
        await handle.truncate(offset).catch(() => undefined);
        throw toStorageError(error, file);
      }
      offset += frame.length;
    }
  };
  // Calls that are not awaited must not write over each other.
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  return {
    get offset() {
      return offset;
    },
    append(payloads) {
      const done = last.then(() => write(payloads));
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
