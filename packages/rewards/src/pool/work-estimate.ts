import type { Job, JobOutcome } from '../worker/messages.ts';

/** Work of one message to a thread: enough to make the message cheap, little enough to redo when the thread dies. */
export const chunkMs = 10;

/** Most jobs of one message. */
export const largestChunk = 64;

/** How long jobs take, from those that were done. */
export interface WorkEstimate {
  /** Milliseconds the job is expected to take. */
  of(job: Job): number;
  learn(jobs: readonly Job[], outcomes: readonly JobOutcome[]): void;
}

/** Starts cautious, then follows a running mean by unit. Only speed depends on it, no result does. */
export function createWorkEstimate(): WorkEstimate {
  const means = new Map<number, number>();
  return {
    of: ({ unit }) => means.get(unit) ?? chunkMs / 4,
    learn(jobs, outcomes) {
      const byUnit = new Map<number, number[]>();
      for (const [index, { unit }] of jobs.entries()) {
        byUnit.set(unit, [...(byUnit.get(unit) ?? []), outcomes[index]!.milliseconds]);
      }
      for (const [unit, times] of byUnit) {
        const observed = times.reduce((sum, time) => sum + time, 0) / times.length;
        const mean = means.get(unit);
        means.set(unit, mean === undefined ? observed : 0.8 * mean + 0.2 * observed);
      }
    },
  };
}
