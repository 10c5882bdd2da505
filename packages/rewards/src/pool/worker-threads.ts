import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RlloomError } from '@rlloom/spec';
import { Piscina } from 'piscina';
import { packJobs } from '../worker/chunk-message.ts';
import type { Job, JobOutcome, WorkerAnswer, WorkerPlan, WorkerTask } from '../worker/messages.ts';
import { problemError } from './problem-error.ts';
import { type ClockReading, createSampleClock, type SampleClock } from './sample-clock.ts';

/** What became of a chunk of jobs given to a thread. */
export type ChunkOutcome =
  | { readonly kind: 'scored'; readonly outcomes: readonly JobOutcome[] }
  /** The thread ended before it answered, for `cause`; `clock` says at which job. */
  | { readonly kind: 'died'; readonly cause: DeathCause; readonly message: string; readonly clock: ClockReading };

/** `stopped` = by the caller. */
export type DeathCause = 'timeout' | 'memory' | 'crash' | 'start' | 'stopped';

/** Threads that score; ends and replaces those that hang or break. */
export interface WorkerThreads {
  readonly size: number;
  /** Loads all rewards in one thread, so that a reward that cannot be made is an error before the first sample. */
  prepare(): Promise<void>;
  /** Never rejects. `stop` ends the thread that works on the chunk, unless it works on others as well. */
  run(jobs: readonly Job[], stop: AbortSignal): Promise<ChunkOutcome>;
  close(): Promise<void>;
}

/** Most time a thread may need to start and load its rewards. */
const startLimitMs = 60_000;

/** How long a thread that was started on demand waits for more work. */
const idleMs = 5000;

/** Options of `startWorkerThreads`. */
export interface WorkerThreadsOptions {
  readonly size: number;
  readonly memoryLimitMb: number;
  /** Start threads when there is work, and end them soon after. Default: they are up from the start to the end. */
  readonly onDemand?: boolean;
  /** The threads' program. Default: the built one of this package. */
  readonly workerFile?: string;
}

// From `src/pool` and from `dist/pool` alike: a thread cannot run TypeScript on every Node we support.
const builtWorker = fileURLToPath(new URL('../../dist/worker/worker.js', import.meta.url));

/**
 * Starts `size` threads.
 *
 * @throws RlloomError `reward` when there is no worker file
 */
export function startWorkerThreads(plan: WorkerPlan, options: WorkerThreadsOptions): WorkerThreads {
  const { size, memoryLimitMb, onDemand = false, workerFile = builtWorker } = options;
  if (!existsSync(workerFile)) {
    throw new RlloomError('reward', {
      what: 'the program of the reward threads is missing',
      where: workerFile,
      fix: 'build the package first (npm run build), or install it again',
    });
  }
  const pool = new Piscina({
    filename: workerFile,
    // Fewer would leave the queue waiting when an ended thread is not replaced at once.
    minThreads: onDemand ? 0 : size,
    maxThreads: size,
    idleTimeout: onDemand ? idleMs : 0,
    concurrentTasksPerWorker: plan.concurrency,
    workerData: plan,
    resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
    // Flags of the parent (loaders, export conditions) would make the thread look for sources instead of dist.
    execArgv: [],
    // Between tasks a thread must sleep without running what earlier samples left behind.
    // Threads of jobs that wait keep their connections alive instead.
    atomics: plan.concurrency === 1 ? 'sync' : 'disabled',
    recordTiming: false,
  });
  // A thread that breaks while idle is replaced; without a listener its error would end the process.
  pool.on('error', () => undefined);
  // A task with a signal has its thread to itself: piscina ends the thread when the signal aborts.
  const ask = (task: WorkerTask, signal: AbortSignal): Promise<WorkerAnswer> =>
    pool.run(task, { signal }) as Promise<WorkerAnswer>;
  // Tasks that share a thread have none; its end rejects them all.
  const askShared = (task: WorkerTask, clock: SampleClock, signal: AbortSignal): Promise<WorkerAnswer> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        const { thread, started } = clock.read();
        if (started) void pool.threads.find(({ threadId }) => threadId === thread)?.terminate();
        else reject(new Error('no thread took it'));
      });
      (pool.run(task) as Promise<WorkerAnswer>).then(resolve, reject);
    });

  return {
    size,
    async prepare() {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), startLimitMs);
      try {
        const answer = await ask({ kind: 'prepare' }, limit.signal);
        if (answer.kind === 'prepared' && answer.problem !== undefined) {
          throw problemError(answer.problem);
        }
      } catch (error) {
        throw limit.signal.aborted
          ? startFailure(`it took longer than ${startLimitMs} ms`, error)
          : asStartFailure(error);
      } finally {
        clearTimeout(timer);
      }
    },
    async run(jobs, stop) {
      const clock = createSampleClock();
      const end = new AbortController();
      let cause: DeathCause | undefined;
      const kill = (why: DeathCause): void => {
        cause ??= why;
        end.abort();
      };
      const isShared = plan.concurrency > 1;
      // In a shared thread the job of a stopped call goes on to its deadline, for the sake of the others.
      const onStop = (): void => (isShared ? undefined : kill('stopped'));
      stop.addEventListener('abort', onStop, { once: true });
      if (stop.aborted) onStop();
      const limits = jobs.map(({ unit }) => (plan.units[unit]?.timeoutMs ?? 0) + graceMs);
      // No job that begins later can be overdue before this much time from now.
      const shortest = Math.min(...limits);
      const sent = performance.now();
      let watch: NodeJS.Timeout;
      const look = (): void => {
        const { sample, started, elapsedMs } = clock.read();
        if (!started && performance.now() - sent > startLimitMs) return kill('start');
        const left = sample === undefined ? shortest : (limits[sample] ?? 0) - elapsedMs;
        if (left <= 0) return kill('timeout');
        watch = setTimeout(look, Math.min(left, shortest, longestWaitMs));
      };
      watch = setTimeout(look, Math.min(shortest, longestWaitMs));
      try {
        const task: WorkerTask = { kind: 'score', chunk: packJobs(jobs), clock: clock.memory };
        const answer = await (isShared ? askShared(task, clock, end.signal) : ask(task, end.signal));
        return { kind: 'scored', outcomes: answer.kind === 'scored' ? answer.outcomes : [] };
      } catch (error) {
        return { kind: 'died', cause: cause ?? causeOf(error), message: messageOf(error), clock: clock.read() };
      } finally {
        clearTimeout(watch);
        stop.removeEventListener('abort', onStop);
      }
    },
    close: () => pool.destroy(),
  };
}

/** Longest time between two looks at a clock. */
const longestWaitMs = 10_000;

/** Time a reward has to end by itself after its signal, before its thread is ended. */
const graceMs = 20;

function causeOf(error: unknown): DeathCause {
  return codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash';
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  const exit = error instanceof Error ? /worker exited with code: (\d+)/.exec(error.message) : null;
  if (exit !== null) return `ended its thread (process.exit with code ${exit[1]})`;
  return error instanceof Error
    ? `${error.name}: ${error.message}`.slice(0, 500)
    : `threw ${String(error)}`.slice(0, 500);
}

function asStartFailure(error: unknown): unknown {
  return error instanceof RlloomError ? error : startFailure(messageOf(error), error);
}

function startFailure(why: string, cause: unknown): RlloomError {
  return new RlloomError('reward', {
    what: `a reward thread did not start: ${why}`,
    where: 'rewards',
    fix: 'check own reward modules for work at load time, and rewards.memory_limit_mb',
    cause,
  });
}
