import { RlloomError } from '@rlloom/spec';
import type { Job, JobOutcome } from '../worker/messages.ts';

/** Scores jobs somewhere, such that one that breaks costs only itself. */
export interface JobQueue {
  /**
   * Scores jobs, and tells of each as it is done. Rejects when `signal` aborts, `onDone` throws or a thread cannot be
   * started at all, never because of a job.
   */
  score(jobs: readonly Job[], options: QueueOptions): Promise<void>;
  close(): Promise<void>;
}

/** Options of one call. */
export interface QueueOptions {
  readonly signal: AbortSignal;
  /** Called once per job, with its index among those given. */
  readonly onDone: (index: number, outcome: JobOutcome) => void;
}

/** What a call that was stopped rejects with. */
export function abortError(signal: AbortSignal): RlloomError {
  return new RlloomError('interrupted', { what: 'scoring was stopped', cause: signal.reason });
}

/** What a call rejects with when no thread comes up to do its work. */
export function noThreadError(): RlloomError {
  return new RlloomError('reward', { what: 'a reward thread did not come up again', where: 'rewards' });
}
