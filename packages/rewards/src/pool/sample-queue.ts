import { setMaxListeners } from 'node:events';
import { RlloomError } from '@rlloom/spec';
import type { SampleFailure, SampleJob, SampleOutcome, WorkerPlan } from '../worker/messages.ts';
import { createChunkSize } from './chunk-size.ts';
import type { ChunkOutcome, WorkerThreads } from './worker-threads.ts';

/** Scores samples on threads, in chunks, such that one that breaks its thread costs only itself. */
export interface SampleQueue {
  /**
   * Outcomes in the order of the samples. Rejects when `signal` aborts or a thread cannot be started at all, never
   * because of a sample.
   */
  score(samples: readonly SampleJob[], options: ScoreOptions): Promise<SampleOutcome[]>;
}

/** Options of one call. */
export interface ScoreOptions {
  readonly signal: AbortSignal | undefined;
  readonly onDone: ((done: number) => void) | undefined;
}

/** One call of `score`: its samples share their fate. */
interface Batch {
  readonly stop: AbortController;
  readonly outcomes: (SampleOutcome | undefined)[];
  done: number;
  readonly onDone: ScoreOptions['onDone'];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Entry {
  readonly job: SampleJob;
  readonly index: number;
  readonly batch: Batch;
  /** Rides alone: its chunk died, and so may it. */
  readonly alone: boolean;
  /** Threads that died on it already. */
  readonly deaths: number;
}

/** A sample is given up after this many threads died on it. */
const mostDeaths = 3;

/** A first-in, first-out queue over the threads. */
export function createSampleQueue(threads: WorkerThreads, plan: WorkerPlan): SampleQueue {
  const queue: Entry[] = [];
  const chunkSize = createChunkSize();
  let running = 0;

  const settle = ({ batch, index }: Entry, outcome: SampleOutcome): void => {
    batch.outcomes[index] = outcome;
    batch.done++;
    try {
      batch.onDone?.(batch.done);
    } catch (error) {
      // The caller's own failure ends its call, not the threads.
      batch.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (batch.done === batch.outcomes.length) batch.resolve();
  };

  const takeChunk = (): Entry[] => {
    const first = queue[0];
    if (first === undefined) return [];
    const most = first.alone ? 1 : Math.min(chunkSize.next(), Math.ceil(queue.length / threads.size));
    let count = 1;
    while (count < most && queue[count]?.batch === first.batch && !queue[count]?.alone) count++;
    return queue.splice(0, count);
  };

  const finish = (chunk: readonly Entry[], outcome: ChunkOutcome): void => {
    const { batch } = chunk[0]!;
    if (outcome.kind === 'scored') {
      chunkSize.learn(outcome.outcomes);
      for (const [index, entry] of chunk.entries()) settle(entry, outcome.outcomes[index]!);
      return;
    }
    if (outcome.cause === 'stopped') return;
    if (outcome.cause === 'start') {
      batch.reject(new RlloomError('reward', { what: 'a reward thread did not come up again', where: 'rewards' }));
      return;
    }
    const blamed = outcome.clock.sample;
    const retries: Entry[] = [];
    for (const [index, entry] of chunk.entries()) {
      const isBlamed = blamed === undefined || index === blamed;
      const deaths = entry.deaths + (isBlamed ? 1 : 0);
      // A deadline is the sample's own. Another death may come from what earlier samples left in the thread.
      const isFinal =
        isBlamed &&
        (deaths >= mostDeaths || (index === blamed && (outcome.cause === 'timeout' || outcome.clock.fresh)));
      if (isFinal) settle(entry, deadOutcome(entry, outcome, plan));
      // First in the line, a blamed sample meets the thread that was just started.
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
    score(samples, { signal, onDone }) {
      return new Promise<SampleOutcome[]>((resolve, reject) => {
        if (signal?.aborted) return reject(abortError(signal));
        if (samples.length === 0) return resolve([]);
        const stop = new AbortController();
        setMaxListeners(threads.size + 1, stop.signal);
        const onAbort = (): void => batch.reject(abortError(signal));
        const batch: Batch = {
          stop,
          outcomes: samples.map(() => undefined),
          done: 0,
          onDone,
          resolve() {
            signal?.removeEventListener('abort', onAbort);
            resolve(batch.outcomes.map((outcome) => outcome!));
          },
          reject(error) {
            signal?.removeEventListener('abort', onAbort);
            stop.abort();
            reject(error);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        for (const [index, job] of samples.entries()) queue.push({ job, index, batch, alone: false, deaths: 0 });
        pump();
      });
    },
  };
}

function abortError(signal: AbortSignal | undefined): RlloomError {
  return new RlloomError('interrupted', { what: 'scoring was stopped', cause: signal?.reason });
}

type Death = Extract<ChunkOutcome, { kind: 'died' }>;

function deadOutcome({ job }: Entry, { cause, message, clock }: Death, plan: WorkerPlan): SampleOutcome {
  const { parts } = plan.domains[job.domain]!;
  const part = clock.sample === undefined ? undefined : parts[clock.part];
  const failure: SampleFailure = cause === 'timeout' || cause === 'memory' ? cause : 'crash';
  const what = {
    timeout: `passed the deadline of ${plan.timeoutMs} ms; its thread was ended`,
    memory: 'ran out of memory (rewards.memory_limit_mb); its thread was ended',
    crash: message,
  }[failure];
  return {
    result: {
      verdict: 'unverifiable',
      score: null,
      parts: Object.fromEntries(parts.map(({ name }) => [name, null])),
      reasons: [part === undefined ? what : `${part.name}: ${what}`],
    },
    milliseconds: clock.sample === undefined ? 0 : clock.elapsedMs,
    failure,
  };
}
