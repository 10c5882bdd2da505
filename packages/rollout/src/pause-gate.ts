/** A gate that work waits at while it is closed. */
export interface PauseGate {
  close(): void;
  open(): void;
  /** Resolves at once when open, else when opened. */
  passed(): Promise<void>;
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
    passed: () => opened,
  };
}
