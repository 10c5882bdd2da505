import { createFrameWriter, type FrameFormat, type FrameWriter, type FrameWriterOptions } from '@rlloom/framed-log';
import { trajectoryFormat } from './trajectory-format.ts';
import { packRow, type TrajectoryRow } from './trajectory-row.ts';

/** Appends rows to a trajectory file. */
export interface TrajectoryWriter extends Omit<FrameWriter, 'append'> {
  /** Writes rows in order. After a failed write (full disk) the file ends at the last whole row. */
  append(rows: readonly TrajectoryRow[]): Promise<void>;
}

/** Options of `createTrajectoryWriter`. */
export type TrajectoryWriterOptions = Omit<FrameWriterOptions, keyof FrameFormat>;

/**
 * Opens a trajectory file for appending, creating it and its folder. Each row is one frame of msgpack, so a run killed
 * while writing loses that row only.
 *
 * @throws RlloomError as `createFrameWriter`
 */
export async function createTrajectoryWriter(
  file: string,
  options: TrajectoryWriterOptions = {},
): Promise<TrajectoryWriter> {
  const writer = await createFrameWriter(file, { ...options, ...trajectoryFormat });
  return {
    get offset() {
      return writer.offset;
    },
    append: (rows) => writer.append(rows.map(packRow)),
    sync: () => writer.sync(),
    close: () => writer.close(),
  };
}
