/** A gate that work waits at while it is closed. */
export interface PauseGate {
  close(): void;
  open(): void;
  /** Resolves at once when open, else when opened or when `signal` aborts. */
  passed(signal?: AbortSignal): Promise<void>;
}

/** A gate, open at first. */
export function createPauseGate(): PauseGate {
  let opened: Promise<void> = Promise.resolve();
  let release: (() => void) | undefined;
  return {
    close() {
      if (release !== undefined) return;
      opened = new Promise((resolve) => {
        release = resolve;
      });
    },
    open() {
      release?.();
      release = undefined;
    },
    async passed(signal) {
      if (release === undefined || signal?.aborted === true) return;
      const { promise: aborted, resolve } = deferred();
      signal?.addEventListener('abort', resolve);
      await Promise.race([opened, aborted]);
      signal?.removeEventListener('abort', resolve);
    },
  };
}

/** A promise that is resolved from outside. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}
