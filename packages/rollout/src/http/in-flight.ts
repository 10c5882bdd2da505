/** Counts work under way. */
export interface InFlight {
  /** Counts one in; call what it returns when it is over. */
  enter(): () => void;
  /** Resolves when nothing is under way. */
  empty(): Promise<void>;
}

/** A count of work under way that can be waited to end. */
export function createInFlight(): InFlight {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    enter() {
      count++;
      return () => {
        if (--count > 0) return;
        waiting.forEach((resolve) => resolve());
        waiting = [];
      };
    },
    async empty() {
      if (count > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
