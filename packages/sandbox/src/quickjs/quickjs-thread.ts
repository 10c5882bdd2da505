import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { QuickJsAnswer, QuickJsJob } from './quickjs-messages.ts';

/** Milliseconds a thread gets beyond the deadline to end a script by itself. */
const grace = 200;

/** A thread that runs scripts one after the other. */
export interface QuickJsThread {
  /** Whether it can run another script: one that was ended, or whose memory has grown, cannot. */
  isUsable(): boolean;
  run(job: QuickJsJob, signal: AbortSignal): Promise<QuickJsAnswer>;
  close(): Promise<void>;
}

/** Starts a thread. */
export function quickJsThread(): QuickJsThread {
  const worker = new Worker(fileURLToPath(import.meta.resolve('@rlloom/sandbox/quickjs-worker')), {
    env: {},
    stdin: true,
    stdout: true,
    stderr: true,
  });
  worker.unref();
  let usable = true;
  // Between runs nobody listens; what kills a thread then is met by the next run.
  worker.on('error', () => {
    usable = false;
  });
  worker.on('exit', () => {
    usable = false;
  });

  const end = async (): Promise<void> => {
    usable = false;
    await worker.terminate();
  };
  return {
    isUsable: () => usable,
    async run(job, signal) {
      signal.throwIfAborted();
      const start = performance.now();
      worker.ref();
      const listening = new AbortController();
      try {
        const answer = await new Promise<QuickJsAnswer>((resolve, reject) => {
          const timer = setTimeout(() => resolve(ended('timeout')), job.timeMs + grace);
          const abort = (): void => reject(signal.reason as Error);
          // A script that is interrupted may leave QuickJS unable to clean up, which ends the thread.
          const isLate = (): boolean => performance.now() - start >= job.timeMs;
          const crash = (): void => resolve(ended(isLate() ? 'timeout' : 'signal'));
          signal.addEventListener('abort', abort, { once: true, signal: listening.signal });
          listening.signal.addEventListener('abort', () => {
            clearTimeout(timer);
            worker.off('message', resolve);
            worker.off('error', crash);
            worker.off('exit', crash);
          });
          worker.on('message', resolve);
          worker.on('error', crash);
          worker.on('exit', crash);
          worker.postMessage(job);
        });
        // WebAssembly memory grows and never shrinks again.
        if (answer.end !== 'exited' && answer.end !== 'output') await end();
        return answer;
      } catch (error) {
        await end();
        throw error;
      } finally {
        listening.abort();
        worker.unref();
      }
    },
    close: end,
  };
}

function ended(end: 'timeout' | 'signal'): QuickJsAnswer {
  return { end, exitCode: null, stdout: '', stderr: '' };
}
