import { type FileHandle, open } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import { Unpackr } from 'msgpackr';
import { auditMagic, frameHeaderBytes, isIntact, payloadLength } from './audit-frame.ts';
import type { AuditRecord } from './audit-record.ts';

/** The whole records of an open log, and where each ends. */
interface PlacedRecord {
  readonly payload: Buffer;
  /** Offset of the byte after it. */
  readonly end: number;
}

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
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new RlloomError('data', { what: 'the audit log cannot be opened', where: file, cause: error });
  }
  try {
    const { size } = await handle.stat();
    let offset = Math.min(size, auditMagic.length);
    for await (const { payload, end } of scanAuditLog(handle, file)) {
      offset = end;
      yield unpackr.unpack(payload) as AuditRecord;
    }
    if (offset < size) options.onTornTail?.(size - offset);
  } finally {
    await handle.close();
  }
}

/**
 * The whole frames of an open audit log. Ends silently at the first that is cut off or damaged.
 *
 * @throws RlloomError `data` when the file is of another kind
 */
export async function* scanAuditLog(handle: FileHandle, file: string): AsyncGenerator<PlacedRecord> {
  const { size } = await handle.stat();
  const magic = await readAt(handle, 0, Math.min(size, auditMagic.length));
  if (!magic.equals(auditMagic.subarray(0, magic.length))) {
    throw new RlloomError('data', {
      what: 'this is no audit log of this version',
      where: file,
      fix: 'choose another file, or delete this one',
    });
  }
  let offset = auditMagic.length;
  while (offset + frameHeaderBytes <= size) {
    const header = await readAt(handle, offset, frameHeaderBytes);
    const length = payloadLength(header);
    const end = offset + frameHeaderBytes + (length ?? 0);
    if (length === undefined || end > size) return;
    const payload = await readAt(handle, offset + frameHeaderBytes, length);
    if (!isIntact(header, payload)) return;
    yield { payload, end };
    offset = end;
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
