export type { FrameFormat, TornTail } from './frame-format.ts';
export { createFrameWriter, type FrameWriter, type FrameWriterOptions } from './frame-writer.ts';
export { readFrames } from './read-frames.ts';
