// An own reward that breaks at random, as its response says: `ok 17` is fine, `hang 18` hangs, ...
import { setTimeout as sleep } from 'node:timers/promises';

const faults = {
  hang() {
    for (;;);
  },
  never: () => new Promise(() => setInterval(() => undefined, 1000)),
  exit: () => process.exit(7),
  memory() {
    const hoard = [];
    for (;;) hoard.push(new Array(1_000_000).fill(0));
  },
  throw() {
    throw new Error('a fault');
  },
  nonsense: () => ({ verdict: 'perhaps', score: Number.NaN }),
  slow: () => sleep(5, 1),
};

export default {
  name: 'chaotic',
  score: ({ responseText }) => faults[responseText.split(' ')[0]]?.() ?? 1,
};
