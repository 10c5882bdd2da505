/** The signal of one job. */
export interface JobSignal {
  /** Aborts at the deadline, or when the job is stopped. */
  readonly signal: AbortSignal;
  /** Frees the timer; the signal stays as it is. */
  release(): void;
}

/**
 * A signal that is made when somebody first reads it: most rewards compute and never look, and a controller and a timer
 * per job are then most of what a job costs beside its reward.
 */
export function createJobSignal(timeoutMs: number, late: string, stop?: AbortSignal): JobSignal {
  const start = performance.now();
  let controller: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isReleased = false;
  const onStop = (): void => controller?.abort(stop?.reason);
  return {
    get signal() {
      if (controller !== undefined) return controller.signal;
      const made = new AbortController();
      controller = made;
      if (isReleased) return made.signal;
      // A timer counts from when the loop last looked at the clock, so it may come early.
      const watch = (): void => {
        const left = timeoutMs - (performance.now() - start);
        if (left < 0) made.abort(new Error(late));
        else timer = setTimeout(watch, Math.ceil(left));
      };
      watch();
      stop?.addEventListener('abort', onStop, { once: true });
      if (stop?.aborted) onStop();
      return made.signal;
    },
    release() {
      isReleased = true;
      clearTimeout(timer);
      stop?.removeEventListener('abort', onStop);
    },
  };
}
