import { describe, expect, it } from 'vitest';
import { createFairTurns } from './fair-turns.ts';

/** A thread on which others take `others` milliseconds whenever they get a turn. */
function makeThread(others: number) {
  const thread = {
    time: 0,
    given: 0,
    now: () => thread.time,
    async nextTurn() {
      thread.given++;
      thread.time += others;
    },
  };
  return thread;
}

/** A worker that has just begun, on such a thread. */
function begin(others: number) {
  const thread = makeThread(others);
  const turns = createFairTurns(thread);
  turns.wake();
  turns.enter();
  return { thread, turns };
}

async function work(turns: ReturnType<typeof createFairTurns>, thread: { time: number }, pieces: number) {
  for (let piece = 0; piece < pieces; piece++) {
    await turns.next();
    thread.time += 1;
  }
}

describe('createFairTurns', () => {
  it('works as long as it was kept waiting', async () => {
    const { thread, turns } = begin(10);
    await work(turns, thread, 100);
    expect(thread.given).toBe(10);
  });

  it('gives every turn away when nobody else wants it', async () => {
    const { thread, turns } = begin(0);
    await work(turns, thread, 20);
    expect(thread.given).toBe(20);
  });

  it('counts the time it was stopped as waiting, and keeps what is left of a turn', async () => {
    const { thread, turns } = begin(1);
    turns.leave();
    thread.time += 7;
    turns.enter();
    await work(turns, thread, 4);
    expect(thread.given).toBe(0);
    turns.leave();
    thread.time += 2;
    turns.enter();
    // 7 - 4 + 2 of its own, and the sixth piece is after a turn of the others.
    await work(turns, thread, 5);
    expect(thread.given).toBe(0);
    await work(turns, thread, 1);
    expect(thread.given).toBe(1);
  });

  it('owes nothing for a rest', async () => {
    const { thread, turns } = begin(1);
    turns.leave();
    thread.time += 1000;
    turns.wake();
    turns.enter();
    await work(turns, thread, 3);
    expect(thread.given).toBe(3);
  });

  it('holds the thread for half a second at most', async () => {
    const { thread, turns } = begin(60_000);
    await work(turns, thread, 1001);
    expect(thread.given).toBe(3);
  });
});
