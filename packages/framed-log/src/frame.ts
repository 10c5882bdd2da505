import { createHash } from 'node:crypto';

/** Bytes before the payload of a frame: its length (uint32, little endian) and the start of its SHA-256. */
export const frameHeaderBytes = 12;
const checksumBytes = frameHeaderBytes - 4;

/** Header and payload as one buffer. */
export function encodeFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(frameHeaderBytes + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  checksum(payload).copy(frame, 4, 0, checksumBytes);
  frame.set(payload, frameHeaderBytes);
  return frame;
}

/** Length of the payload that a header announces. */
export function payloadLength(header: Buffer): number {
  return header.readUInt32LE(0);
}

/** Whether the payload is the one the header was written for. */
export function isIntact(header: Buffer, payload: Uint8Array): boolean {
  return checksum(payload).compare(header, 4, frameHeaderBytes, 0, checksumBytes) === 0;
}

function checksum(payload: Uint8Array): Buffer {
  return createHash('sha256').update(payload).digest();
}
