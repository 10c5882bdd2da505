import { setMaxListeners } from 'node:events';
import type { Job, JobFailure, JobOutcome, UnitPlan, WorkerPlan } from '../worker/messages.ts';
import { lateText } from '../worker/run-job.ts';
import { abortError, type JobQueue, noThreadError, type QueueOptions } from './job-queue.ts';
import { chunkMs, createWorkEstimate, largestChunk } from './work-estimate.ts';
import type { ChunkOutcome, WorkerThreads } from './worker-threads.ts';

/** One call of `score`: its jobs share their fate. */
interface Batch {
  readonly stop: AbortController;
  left: number;
  readonly onDone: QueueOptions['onDone'];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Entry {
  readonly job: Job;
  readonly index: number;
  readonly batch: Batch;
  /** Rides alone: its chunk died, and so may it. */
  readonly alone: boolean;
  /** Threads that died on it already. */
  readonly deaths: number;
}

/** A job is given up after this many threads died on it. */
const mostDeaths = 3;

/**
 * A first-in, first-out queue over threads that do one job at a time: jobs travel in chunks, and the chunk in which a
 * thread died is done again one by one.
 */
export function createChunkedQueue(threads: WorkerThreads, plan: WorkerPlan): JobQueue {
  const queue: Entry[] = [];
  const estimate = createWorkEstimate();
  let running = 0;

  const settle = ({ batch, index }: Entry, outcome: JobOutcome): void => {
    batch.left--;
    try {
      batch.onDone(index, outcome);
    } catch (error) {
      // The caller's own failure ends its call, not the threads.
      batch.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (batch.left === 0) batch.resolve();
  };

  const takeChunk = (): Entry[] => {
    const first = queue[0];
    if (first === undefined) return [];
    const most = first.alone ? 1 : Math.min(largestChunk, Math.ceil(queue.length / threads.size));
    let count = 1;
    let work = estimate.of(first.job);
    for (; count < most; count++) {
      const next = queue[count];
      if (next === undefined || next.batch !== first.batch || next.alone) break;
      work += estimate.of(next.job);
      if (work > chunkMs) break;
    }
    return queue.splice(0, count);
  };

  const finish = (chunk: readonly Entry[], outcome: ChunkOutcome): void => {
    const { batch } = chunk[0]!;
    if (outcome.kind === 'scored') {
      estimate.learn(
        chunk.map(({ job }) => job),
        outcome.outcomes,
      );
      for (const [index, entry] of chunk.entries()) settle(entry, outcome.outcomes[index]!);
      return;
    }
    if (outcome.cause === 'stopped') return;
    if (outcome.cause === 'start') {
      batch.reject(noThreadError());
      return;
    }
    const blamed = outcome.clock.sample;
    const retries: Entry[] = [];
    for (const [index, entry] of chunk.entries()) {
      const isBlamed = blamed === undefined || index === blamed;
      const deaths = entry.deaths + (isBlamed ? 1 : 0);
      // A deadline is the job's own. Another death may come from what earlier jobs left in the thread.
      const isFinal =
        isBlamed &&
        (deaths >= mostDeaths || (index === blamed && (outcome.cause === 'timeout' || outcome.clock.fresh)));
      if (isFinal) settle(entry, deadOutcome(entry.job, outcome, plan.units[entry.job.unit]!));
      // First in the line, a blamed job meets the thread that was just started.
      else if (isBlamed) retries.unshift({ ...entry, alone: true, deaths });
      else retries.push({ ...entry, alone: true, deaths });
    }
    queue.unshift(...retries);
  };

  const pump = (): void => {
    while (running < threads.size && queue.length > 0) {
      const chunk = takeChunk();
      const { batch } = chunk[0]!;
      if (batch.stop.signal.aborted) continue;
      running++;
      void threads
        .run(
          chunk.map(({ job }) => job),
          batch.stop.signal,
        )
        .then((outcome) => {
          running--;
          if (!batch.stop.signal.aborted) finish(chunk, outcome);
          pump();
        });
    }
  };

  return {
    score(jobs, { signal, onDone }) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(abortError(signal));
        if (jobs.length === 0) return resolve();
        const stop = new AbortController();
        setMaxListeners(threads.size + 1, stop.signal);
        const onAbort = (): void => batch.reject(abortError(signal));
        const batch: Batch = {
          stop,
          left: jobs.length,
          onDone,
          resolve() {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
          reject(error) {
            signal.removeEventListener('abort', onAbort);
            stop.abort();
            reject(error);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        for (const [index, job] of jobs.entries()) queue.push({ job, index, batch, alone: false, deaths: 0 });
        pump();
      });
    },
    close: () => threads.close(),
  };
}

type Death = Extract<ChunkOutcome, { kind: 'died' }>;

function deadOutcome({ requests }: Job, { cause, message, clock }: Death, { parts, timeoutMs }: UnitPlan): JobOutcome {
  const failure: JobFailure = cause === 'timeout' || cause === 'memory' ? cause : 'crash';
  const what = {
    timeout: `${lateText(timeoutMs)}; its thread was ended`,
    memory: 'ran out of memory (rewards.memory_limit_mb); its thread was ended',
    crash: message,
  }[failure];
  const atWork = clock.sample === undefined ? 0 : clock.part;
  return {
    answers: parts.map((_, part) => requests.map(() => ({ failure: part === atWork ? what : null }))),
    milliseconds: clock.sample === undefined ? 0 : clock.elapsedMs,
    failure,
  };
}
