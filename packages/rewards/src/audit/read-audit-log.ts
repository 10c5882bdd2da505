import { readFrames } from '@rlloom/framed-log';
import { Unpackr } from 'msgpackr';
import { auditFormat } from './audit-format.ts';
import type { AuditRecord } from './audit-record.ts';

const unpackr = new Unpackr({ useRecords: false });

/**
 * The verdicts of an audit log in the order they were given; one in memory at a time.
 *
 * @param options.onTornTail called when the file ends in an incomplete record (a killed run), with the bytes left out
 * @throws RlloomError `data`: no such file, or a file of another kind
 */
export async function* readAuditLog(
  file: string,
  options: { readonly onTornTail?: (droppedBytes: number) => void } = {},
): AsyncGenerator<AuditRecord> {
  const payloads = readFrames(file, {
    ...auditFormat,
    onTornTail: ({ droppedBytes }) => options.onTornTail?.(droppedBytes),
  });
  for await (const payload of payloads) yield unpackr.unpack(payload) as AuditRecord;
}
