// An own reward that does what its response says: every way in which a reward can break its thread.
import { setTimeout as sleep } from 'node:timers/promises';

let calls = 0;

const acts = {
  hang() {
    for (;;);
  },
  throw() {
    throw new TypeError('boom');
  },
  'throw text'() {
    throw 'just text';
  },
  memory() {
    const hoard = [];
    for (;;) hoard.push(new Array(1_000_000).fill(0));
  },
  exit() {
    process.exit(3);
  },
  never() {
    return new Promise(() => setInterval(() => undefined, 1000));
  },
  backtrack() {
    return /^(a+)+$/.test(`${'a'.repeat(40)}b`) ? 1 : 0;
  },
  async 'reject elsewhere'() {
    void Promise.reject(new Error('nobody listens'));
    await sleep(10_000);
    return 1;
  },
  async 'heed the signal'(_, signal) {
    await sleep(100_000, undefined, { signal });
    return 1;
  },
  'exit later'() {
    setTimeout(() => process.exit(4), 1);
    return 1;
  },
  async 'wait a little'() {
    await sleep(20);
    return 1;
  },
  'change the task'(request) {
    request.task.tag = 'changed';
    return 1;
  },
  NaN: () => Number.NaN,
  'wrong verdict': () => ({ verdict: 'yes', score: 1 }),
  'null score': () => ({ verdict: 'correct', score: null }),
  text: () => 'correct',
  nothing: () => undefined,
  'bad parts': () => ({ verdict: 'correct', score: 1, parts: { a: 'x' } }),
  circular() {
    const result = { verdict: 'correct', score: 1, reasons: ['round'], callback: () => 1 };
    result.self = result;
    return result;
  },
  'cannot tell': () => null,
  half: () => 0.5,
  'show options': (_, __, options) => ({ verdict: 'correct', score: 1, reasons: [JSON.stringify(options)] }),
  'show request': (request, _, __) => ({ verdict: 'correct', score: 1, reasons: [JSON.stringify(request)] }),
  'show calls': () => ({ verdict: 'correct', score: 1, reasons: [String(calls)] }),
};

export default {
  name: 'troublesome',
  score(request, options, { signal }) {
    calls++;
    const act = acts[request.responseText];
    return act === undefined ? 1 : act(request, signal, options);
  },
};

export const notAReward = 7;
