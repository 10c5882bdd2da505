import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toStorageError } from '@rlloom/spec';
import { Packr } from 'msgpackr';
import { auditMagic, encodeFrame } from './audit-frame.ts';
import type { AuditRecord } from './audit-record.ts';
import { scanAuditLog } from './read-audit-log.ts';

/** Adds verdicts to a file. */
export interface AuditLog {
  /** Resolves when the records are written, in order; who awaits it never holds more than one call's records. */
  append(records: Iterable<AuditRecord>): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

/** Records are written in pieces of about this many bytes. */
const pieceBytes = 2 ** 18;

const packr = new Packr({ useRecords: false });

/**
 * Opens an audit log to add to, creating it and its folder; an incomplete last record (a killed run) is cut off.
 *
 * @throws RlloomError `storage`: disk full, no permission; `data`: the file is of another kind
 */
export async function openAuditLog(file: string): Promise<AuditLog> {
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
  let offset = auditMagic.length;
  try {
    for await (const { end } of scanAuditLog(handle, file)) offset = end;
    await onDisk(async () => {
      await handle.truncate(offset);
      await handle.write(auditMagic, 0, auditMagic.length, 0);
    });
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
  const appendAll = async (records: Iterable<AuditRecord>): Promise<void> => {
    let piece: Buffer[] = [];
    let size = 0;
    for (const record of records) {
      const frame = encodeFrame(packr.pack(record));
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
    append(records) {
      const done = last.then(() => appendAll(records));
      last = done.catch(() => undefined);
      return done;
    },
    async close() {
      if (closed) return;
      closed = true;
      await last;
      await handle.close();
    },
  };
}
