import type { ScoredGroup } from '@rlloom/spec';
import { Packr } from 'msgpackr';

/** One row of a trajectory file. */
export interface TrajectoryRow {
  /** Stage of the run, e.g. `rlvr`. */
  readonly stage: string;
  readonly step: number;
  readonly group: ScoredGroup;
}

// Typed arrays keep their type; no shared record structures, so that every frame reads alone.
const packr = new Packr({ useRecords: false, moreTypes: true, structuredClone: true });

/** Plain data, typed arrays included, as msgpack bytes. */
export function packValue(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** The data of `packValue`'s bytes. */
export function unpackValue(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

/** The row as msgpack bytes. */
export function packRow(row: TrajectoryRow): Uint8Array {
  return packValue(row);
}

/** The row of `packRow`'s bytes. */
export function unpackRow(bytes: Uint8Array): TrajectoryRow {
  return unpackValue(bytes) as TrajectoryRow;
}
