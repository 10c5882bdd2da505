import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RlloomError, toStorageError } from '@rlloom/spec';
import { encodeFrame, fileMagic } from './frame.ts';
import type { TornTail } from './read-trajectories.ts';
import { scanFrames } from './scan-frames.ts';
import { packRow, type TrajectoryRow } from './trajectory-row.ts';

/** Appends rows to a trajectory file. */
export interface TrajectoryWriter {
  /** Bytes of whole rows in the file: what a checkpoint remembers for `truncateTo`. */
  readonly offset: number;
  /** Writes rows in order. After a failed write (full disk) the file ends at the last whole row. */
  append(rows: readonly TrajectoryRow[]): Promise<void>;
  /** Forces what was appended to the disk; call it before a checkpoint that remembers `offset`. */
  sync(): Promise<void>;
  /** Closes the file; safe to call twice. */
  close(): Promise<void>;
}

/** Options of `createTrajectoryWriter`. */
export interface TrajectoryWriterOptions {
  /** Cuts the file back to this `offset` first: rows written after a checkpoint. Default: keep all whole rows. */
  readonly truncateTo?: number;
  /** Called when the file ended in an incomplete row (a killed run), which is cut off. */
  readonly onTornTail?: (tail: TornTail) => void;
}

/**
 * Opens a trajectory file for appending, creating it and its folder. Each row is one checksummed, length-prefixed
 * frame of msgpack, so a run killed while writing loses that row only.
 *
 * @throws RlloomError `storage`: disk full, no permission; `data`: the file is of another kind; `checkpoint`:
 *   `truncateTo` is not the end of a row in this file
 */
export async function createTrajectoryWriter(
  file: string,
  options: TrajectoryWriterOptions = {},
): Promise<TrajectoryWriter> {
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
    offset = fileMagic.length;
    const { truncateTo } = options;
    let found = truncateTo === undefined || truncateTo === offset;
    for await (const { end } of scanFrames(handle, file)) {
      if (truncateTo !== undefined && end > truncateTo) break;
      found ||= end === truncateTo;
      offset = end;
    }
    if (!found) {
      throw new RlloomError('checkpoint', {
        what: `no row ends at byte ${truncateTo}, where the checkpoint says the file stood`,
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
      await handle.write(fileMagic, 0, fileMagic.length, 0);
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
  const write = async (rows: readonly TrajectoryRow[]): Promise<void> => {
    for (const row of rows) {
      const frame = encodeFrame(packRow(row));
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
    append(rows) {
      const done = last.then(() => write(rows));
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
