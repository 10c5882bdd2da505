import { createHash } from 'node:crypto';

// The layout of trajectory files in `@rlloom/data`: each record is checksummed and says its length, so that a file
// that was cut anywhere loses its last record only.

/** First bytes of an audit log; the last one is the version of the layout. */
export const auditMagic: Uint8Array = Uint8Array.of(0x52, 0x4c, 0x4c, 0x4f, 0x4f, 0x4d, 0x41, 0x01);

/** Bytes before the payload of a frame: its length (uint32, little endian) and the start of its SHA-256. */
export const frameHeaderBytes = 12;

/** Longest payload; a length above it is damage. */
const longestPayload = 2 ** 28;

/** Header and payload as one buffer. */
export function encodeFrame(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32LE(payload.length, 0);
  checksum(payload).copy(header, 4);
  return Buffer.concat([header, payload]);
}

/** Length of the payload that a header announces; `undefined` when no header says so. */
export function payloadLength(header: Buffer): number | undefined {
  const length = header.readUInt32LE(0);
  return length === 0 || length > longestPayload ? undefined : length;
}

/** Whether the payload is the one the header was written for. */
export function isIntact(header: Buffer, payload: Uint8Array): boolean {
  return checksum(payload).equals(header.subarray(4, frameHeaderBytes));
}

function checksum(payload: Uint8Array): Buffer {
  return createHash('sha256')
    .update(payload)
    .digest()
    .subarray(0, frameHeaderBytes - 4);
}
