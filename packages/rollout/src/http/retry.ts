import { setTimeout as sleep } from 'node:timers/promises';
import { deriveSeed } from '@rlloom/spec';

/** How long to wait between attempts. */
export interface RetryDelays {
  /** Wait before the second attempt, in milliseconds; it doubles each time. */
  readonly retryDelayMs: number;
  /** Longest wait. */
  readonly maxRetryDelayMs: number;
}

/**
 * Milliseconds before an attempt: exponential, with the upper half jittered. The jitter follows from `key`, so that
 * a run draws no hidden random numbers and requests that failed together do not come back together.
 *
 * @param attempt 1 = the second attempt
 * @example
 * ```ts
 * const delay = retryDelay(3, 'request-1', { retryDelayMs: 100, maxRetryDelayMs: 1000 });
 * delay >= 200 && delay <= 400; // => true
 * ```
 */
export function retryDelay(attempt: number, key: string, { retryDelayMs, maxRetryDelayMs }: RetryDelays): number {
  const full = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (attempt - 1));
  return full / 2 + (full / 2) * (deriveSeed(0, key, attempt) / 2 ** 32);
}

/** Waits, or less when `signal` aborts; leaves no timer. */
export async function pauseFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    if (signal?.aborted !== true) throw error;
  });
}
