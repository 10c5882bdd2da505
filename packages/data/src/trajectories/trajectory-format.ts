import type { FrameFormat } from '@rlloom/framed-log';

/** Trajectory files: 'RLLOOMT' and the version of the layout. */
export const trajectoryFormat: FrameFormat = {
  name: 'trajectory file',
  magic: Uint8Array.of(0x52, 0x4c, 0x4c, 0x4f, 0x4f, 0x4d, 0x54, 0x01),
};
