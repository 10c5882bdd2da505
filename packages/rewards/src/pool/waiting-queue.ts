import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { Job, JobOutcome } from '../worker/messages.ts';
import { abortError, type JobQueue, noThreadError, type QueueOptions } from './job-queue.ts';
import type { WorkerThreads } from './worker-threads.ts';

/** Scores one job, or says that somebody else must. */
type RunOne = (job: Job, signal: AbortSignal) => Promise<JobOutcome | undefined>;

/**
 * A queue of jobs that wait rather than compute: many at once in one thread, or on the main thread.
 *
 * @param concurrency jobs in flight, over all calls
 */
export function createWaitingQueue(concurrency: number, runOne: RunOne, close: () => Promise<void>): JobQueue {
  const limit = pLimit(concurrency);
  return {
    async score(jobs, { signal, onDone }) {
      if (signal.aborted) throw abortError(signal);
      const stop = new AbortController();
      const own = AbortSignal.any([signal, stop.signal]);
      // One listener per job in flight, however many there are.
      setMaxListeners(0, own);
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(abortError(signal)), { once: true });
      });
      const all = jobs.map((job, index) =>
        limit(async () => {
          if (own.aborted) return;
          const outcome = await runOne(job, own);
          if (outcome !== undefined && !own.aborted) onDone(index, outcome);
        }),
      );
      try {
        await Promise.race([Promise.all(all), stopped]);
      } catch (error) {
        stop.abort();
        throw error;
      }
    },
    close,
  };
}

/**
 * A queue over threads that do many jobs at once. A job that only waits is ended by its signal. When one takes its
 * thread with it (or blocks it past its deadline), nobody knows which it was: all jobs of the thread are scored again
 * in `quarantine`, one to a thread, so that each answers for itself.
 */
export function createConcurrentQueue(
  threads: WorkerThreads,
  options: { readonly concurrency: number; readonly quarantine: () => JobQueue },
): JobQueue {
  const alone = async (job: Job, signal: AbortSignal): Promise<JobOutcome | undefined> => {
    let outcome: JobOutcome | undefined;
    const onDone: QueueOptions['onDone'] = (_, done) => (outcome = done);
    await options.quarantine().score([job], { signal, onDone });
    return outcome;
  };
  const runOne: RunOne = async (job, signal) => {
    const answer = await threads.run([job], signal);
    if (answer.kind === 'scored') {
      const outcome = answer.outcomes[0]!;
      return outcome.disturbed ? alone(job, signal) : outcome;
    }
    if (answer.cause === 'stopped') return undefined;
    if (answer.cause === 'start') throw noThreadError();
    return alone(job, signal);
  };
  return createWaitingQueue(threads.size * options.concurrency, runOne, () => threads.close());
}
