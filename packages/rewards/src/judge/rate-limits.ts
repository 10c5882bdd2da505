import { setTimeout as sleep } from 'node:timers/promises';

/** Limits of one endpoint; `null` = none. */
export interface RateLimitOptions {
  /** Requests under way at once. */
  readonly maxConcurrent: number;
  /** Requests per minute. */
  readonly maxRpm: number | null;
  /** Tokens per minute, of prompts and answers. */
  readonly maxTpm: number | null;
  /** What a request is taken to cost until its answer tells. */
  readonly estimatedTokensPerRequest: number;
}

/** A request that may be sent; `release` must follow. */
export interface RatePermit {
  /** Ends the request. `tokens` = what it really cost; `null` = the estimate stands. */
  release(tokens: number | null): void;
}

/** Lets requests through in the order they came. */
export interface RateLimits {
  /** Waits until a request may be sent. Rejects with the reason of `signal` when it aborts first. */
  acquire(signal: AbortSignal): Promise<RatePermit>;
  /** Nothing is sent for so long, e.g. since the server said so. */
  pause(milliseconds: number): void;
}

interface Waiting {
  readonly resolve: (permit: RatePermit) => void;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
}

/**
 * A gate before an endpoint: at most `maxConcurrent` requests at once, and two token buckets, of requests and of tokens, that fill
 * evenly over a minute and hold ten seconds' worth. A request that cost more than its estimate leaves a debt which
 * those after it wait for.
 */
export function createRateLimits(options: RateLimitOptions): RateLimits {
  const { maxConcurrent, maxRpm, maxTpm, estimatedTokensPerRequest: estimate } = options;
  const requests = createBucket(maxRpm, 1);
  const tokens = createBucket(maxTpm, estimate);
  const queue: Waiting[] = [];
  let running = 0;
  let pausedUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (queue.length > 0 && running < maxConcurrent) {
      const wait = Math.max(pausedUntil - performance.now(), requests.waitFor(1), tokens.waitFor(estimate));
      if (wait > 0) {
        // A millisecond more than asked: a timer that fires early would only wait again.
        timer = setTimeout(pump, Math.ceil(wait) + 1);
        return;
      }
      const next = queue.shift()!;
      next.signal.removeEventListener('abort', next.onAbort);
      requests.take(1);
      tokens.take(estimate);
      running++;
      next.resolve(permit());
    }
  };

  const permit = (): RatePermit => {
    let released = false;
    return {
      release(spent) {
        if (released) return;
        released = true;
        running--;
        if (spent !== null) tokens.take(spent - estimate);
        pump();
      },
    };
  };

  return {
    acquire(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(asError(signal.reason));
        const waiting: Waiting = {
          resolve,
          signal,
          onAbort() {
            queue.splice(queue.indexOf(waiting), 1);
            reject(asError(signal.reason));
            // Nobody waits any more: nothing may keep the process alive.
            if (queue.length === 0) clearTimeout(timer);
          },
        };
        signal.addEventListener('abort', waiting.onAbort, { once: true });
        queue.push(waiting);
        pump();
      });
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, performance.now() + milliseconds);
    },
  };
}

interface Bucket {
  /** Milliseconds until `amount` can be taken. */
  waitFor(amount: number): number;
  take(amount: number): void;
}

const burstSeconds = 10;

function createBucket(perMinute: number | null, largest: number): Bucket {
  if (perMinute === null) return { waitFor: () => 0, take: () => undefined };
  const perMillisecond = perMinute / 60_000;
  const capacity = Math.max(largest, (perMinute / 60) * burstSeconds);
  let level = capacity;
  let filledAt = performance.now();
  const fill = (): void => {
    const now = performance.now();
    level = Math.min(capacity, level + (now - filledAt) * perMillisecond);
    filledAt = now;
  };
  return {
    waitFor(amount) {
      fill();
      // What was put back by rounding may be missing by a hair.
      return level >= amount - 1e-9 ? 0 : (amount - level) / perMillisecond;
    },
    take(amount) {
      fill();
      level = Math.min(capacity, level - amount);
    },
  };
}

/** Waits; rejects with the reason of `signal` when it aborts first. */
export async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? asError(signal.reason) : error;
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
