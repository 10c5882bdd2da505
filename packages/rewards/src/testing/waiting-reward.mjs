// An own reward that mostly waits, as a judge does, and one that compares.
import { setTimeout as sleep } from 'node:timers/promises';

let inFlight = 0;
let calls = 0;

const acts = {
  block() {
    for (;;);
  },
  'block a while'() {
    const end = performance.now() + 350;
    while (performance.now() < end);
    return 1;
  },
  never: () => new Promise(() => setInterval(() => undefined, 1000)),
  heed: (signal) => sleep(100_000, 1, { signal }),
  // Each wait begins when the one before is over, so what blocks the thread in between adds to the whole.
  async 'wait long'() {
    for (let i = 0; i < 5; i++) await sleep(50);
  },
  exit: () => process.exit(3),
};

export default {
  name: 'waiting',
  async score({ responseText }, _, { signal }) {
    calls++;
    inFlight++;
    const reasons = [`in flight: ${inFlight}`, `calls: ${calls}`];
    try {
      const act = acts[responseText];
      await (act === undefined ? sleep(20) : act(signal));
      return { verdict: 'correct', score: 1, reasons };
    } finally {
      inFlight--;
    }
  },
};

export const comparing = {
  name: 'comparing',
  scoreGroup(requests, { divisor = 1 }) {
    const texts = requests.map(({ responseText }) => responseText);
    if (texts.includes('throw')) throw new RangeError('no comparison');
    if (texts.includes('hang')) for (;;);
    if (texts.includes('too few')) return [1];
    if (texts.includes('nonsense')) return texts.map((text) => (text === 'nonsense' ? 'x' : 1));
    const ranked = texts.toSorted((a, b) => a.length - b.length);
    return texts.map((text) => ranked.indexOf(text) / divisor);
  },
};

/** A schema of options as zod's behaves, without zod. */
export const strict = {
  name: 'strict',
  options: {
    safeParse(value) {
      const wrong = Object.keys(value).find((key) => key !== 'limit');
      if (wrong === undefined) return { success: true, data: { limit: 10, ...value } };
      return { success: false, error: { issues: [{ path: [wrong], message: 'unknown key' }] } };
    },
  },
  score: (_, { limit }) => limit / 10,
  selfCheck: [{ response: 'anything' }],
};

export const steps = {
  name: 'steps',
  score: ({ responseText }) => ({ verdict: 'correct', score: 1, stepScores: JSON.parse(responseText) }),
};
