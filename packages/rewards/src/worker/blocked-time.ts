/** How often the loop is asked for a sign of life. */
const beatMs = 10;

/** A beat this much too late means that something kept the loop. */
const slackMs = 15;

let total = 0;
let lastBeat: number | undefined;

/**
 * Milliseconds for which this thread's event loop has been kept from its timers since the first call: where many jobs
 * share a thread, one that computes makes the others late.
 */
export function blockedTime(): number {
  if (lastBeat === undefined) {
    lastBeat = performance.now();
    setInterval(beat, beatMs).unref();
  }
  // What blocks right now is not counted by a beat yet.
  return total + overdue();
}

function beat(): void {
  total += overdue();
  lastBeat = performance.now();
}

function overdue(): number {
  const overdueMs = performance.now() - (lastBeat ?? 0) - beatMs;
  return overdueMs > slackMs ? overdueMs : 0;
}
