import { setImmediate as nextTurn } from 'node:timers/promises';

/** Turns of a worker that shares its thread with others. */
export interface FairTurns {
  /** There is work again after a rest: no time is owed for the rest. */
  wake(): void;
  /** The worker begins, or goes on after it had to leave. */
  enter(): void;
  /** To be awaited between two pieces of work: lets others run unless the worker's turn lasts. */
  next(): Promise<void>;
  /** The worker stops; from now on it waits, until it enters again. */
  leave(): void;
}

/** The clock and the queue of the thread. */
export interface Thread {
  /** Milliseconds. */
  readonly now: () => number;
  /** Resolves when all others had a turn. */
  readonly nextTurn: () => Promise<unknown>;
}

/** Longest turn, in milliseconds: what only listens on the thread is kept waiting for it. */
const longestTurnMs = 500;

/**
 * Shares a thread by time: a turn lasts as long as the worker was kept waiting for it. By count of turns a worker of many
 * small pieces (tokens) hardly gets on beside one of large pieces (training passes). Alone on the thread, it gives every
 * turn away at once.
 */
export function createFairTurns({ now, nextTurn: giveTurn }: Thread = thread): FairTurns {
  let owed = 0;
  let waitingSince = now();
  let workingSince = now();
  const paid = (): void => {
    owed = Math.max(0, owed - (now() - workingSince));
  };
  const enter = (): void => {
    workingSince = now();
    owed = Math.min(longestTurnMs, owed + workingSince - waitingSince);
  };
  return {
    wake() {
      owed = 0;
      waitingSince = now();
    },
    enter,
    async next() {
      paid();
      workingSince = now();
      if (owed > 0) return;
      waitingSince = workingSince;
      await giveTurn();
      enter();
    },
    leave() {
      paid();
      waitingSince = now();
    },
  };
}

const thread: Thread = { now: () => performance.now(), nextTurn: () => nextTurn() };
