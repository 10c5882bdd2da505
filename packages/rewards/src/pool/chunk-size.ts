import type { SampleOutcome } from '../worker/messages.ts';

/** Work of one message to a thread: enough to make the message cheap, little enough to redo when the thread dies. */
const targetMs = 10;
const largestChunk = 64;
const firstChunk = 4;

/** How many samples to send at once, from how long samples took so far. */
export interface ChunkSize {
  next(): number;
  learn(outcomes: readonly SampleOutcome[]): void;
}

/** Starts small, then follows a running mean of the time per sample. Only speed depends on it, no result does. */
export function createChunkSize(): ChunkSize {
  let mean: number | undefined;
  return {
    next() {
      if (mean === undefined) return firstChunk;
      return Math.max(1, Math.min(largestChunk, Math.floor(targetMs / Math.max(mean, 1e-3))));
    },
    learn(outcomes) {
      const total = outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      const observed = total / Math.max(1, outcomes.length);
      mean = mean === undefined ? observed : 0.8 * mean + 0.2 * observed;
    },
  };
}
