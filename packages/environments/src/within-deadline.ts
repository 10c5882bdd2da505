import { setMaxListeners } from 'node:events';

/** What ended work before it was done. */
export class DeadlinePassed extends Error {
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
    this.name = 'DeadlinePassed';
  }
}

/**
 * What `work` gives, or an error when it takes too long or `signal` aborts, whether or not the work heeds its own
 * signal: work that hangs is left behind. Leaves no timer and no listener.
 *
 * @param work gets a signal that aborts at the same moment
 * @throws DeadlinePassed, the reason of `signal`, or what `work` throws
 */
export async function withinDeadline<Result>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = (reason: unknown): void => {
      own.abort(reason);
      // Whatever a signal aborts with is passed on.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(reason);
    };
    timer = setTimeout(() => end(new DeadlinePassed(milliseconds)), milliseconds);
    onAbort = () => end(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(own.signal), ended]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
