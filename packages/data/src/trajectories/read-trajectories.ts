import { readFrames, type TornTail } from '@rlloom/framed-log';
import { trajectoryFormat } from './trajectory-format.ts';
import { type TrajectoryRow, unpackRow } from './trajectory-row.ts';

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
  for await (const payload of readFrames(file, { ...options, ...trajectoryFormat })) yield unpackRow(payload);
}
