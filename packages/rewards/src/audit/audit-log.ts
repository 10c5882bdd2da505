import { createFrameWriter } from '@rlloom/framed-log';
import { Packr } from 'msgpackr';
import { auditFormat } from './audit-format.ts';
import type { AuditRecord } from './audit-record.ts';

/** Adds verdicts to a file. */
export interface AuditLog {
  /** Resolves when the records are written, in order; who awaits it never holds more than one call's records. */
  append(records: Iterable<AuditRecord>): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

const packr = new Packr({ useRecords: false });

/**
 * Opens an audit log to add to, creating it and its folder; an incomplete last record (a killed run) is cut off.
 *
 * @throws RlloomError `storage`: disk full, no permission; `data`: the file is of another kind
 */
export async function openAuditLog(file: string): Promise<AuditLog> {
  const writer = await createFrameWriter(file, auditFormat);
  return {
    append: (records) => writer.append(packed(records)),
    close: () => writer.close(),
  };
}

// One after the other as they are written, not all at once.
function* packed(records: Iterable<AuditRecord>): Generator<Uint8Array> {
  for (const record of records) yield packr.pack(record);
}
