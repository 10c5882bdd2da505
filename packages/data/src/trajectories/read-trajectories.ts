import { type FileHandle, open } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import { fileMagic } from './frame.ts';
import { scanFrames } from './scan-frames.ts';
import { type TrajectoryRow, unpackRow } from './trajectory-row.ts';

/** What is left of rows whose writing was cut short. */
export interface TornTail {
  readonly file: string;
  /** Where the last whole row ends. */
  readonly offset: number;
  /** Bytes after it, which are ignored. */
  readonly droppedBytes: number;
}

/**
 * The rows of a trajectory file in the order they were written; one row in memory at a time.
 *
 * @param options.onTornTail called when the file ends in an incomplete row (a killed run); the row is left out
 * @throws RlloomError `data`: no such file, or a file of another kind
 */
export async function* readTrajectories(
  file: string,
  options: { readonly onTornTail?: (tail: TornTail) => void } = {},
): AsyncGenerator<TrajectoryRow> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new RlloomError('data', { what: 'the trajectory file cannot be opened', where: file, cause: error });
  }
  try {
    const { size } = await handle.stat();
    let offset = Math.min(size, fileMagic.length);
    for await (const { payload, end } of scanFrames(handle, file)) {
      offset = end;
      yield unpackRow(payload);
    }
    if (offset < size) options.onTornTail?.({ file, offset, droppedBytes: size - offset });
  } finally {
    await handle.close();
  }
}
