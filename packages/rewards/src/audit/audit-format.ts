import type { FrameFormat } from '@rlloom/framed-log';

/** Audit logs: 'RLLOOMA' and the version of the layout. */
export const auditFormat: FrameFormat = {
  name: 'audit log',
  magic: Uint8Array.of(0x52, 0x4c, 0x4c, 0x4f, 0x4f, 0x4d, 0x41, 0x01),
};
