import { describe, expect, it } from 'vitest';
import { summarize, time } from './repetitions.ts';

describe('summarize', () => {
  it('takes the median of what others left alone', () => {
    const summary = summarize([
      { seconds: 1, others: 0 },
      { seconds: 9, others: 0.15 },
      { seconds: 2, others: 0.1499 },
      { seconds: 4, others: 0.01 },
    ]);
    expect(summary).toEqual({ seconds: 2, counted: 3, discarded: 1, isContaminated: false, knowsOthers: true });
  });

  it('says so when every repetition was disturbed, and takes them all', () => {
    const summary = summarize([
      { seconds: 3, others: 1 },
      { seconds: 5, others: 0.2 },
    ]);
    expect(summary).toEqual({ seconds: 4, counted: 2, discarded: 0, isContaminated: true, knowsOthers: true });
  });

  it('takes all where the system does not tell', () => {
    const summary = summarize([
      { seconds: 3, others: null },
      { seconds: 5, others: null },
    ]);
    expect(summary).toEqual({ seconds: 4, counted: 2, discarded: 0, isContaminated: false, knowsOthers: false });
  });

  it('has no number without repetitions', () => {
    expect(summarize([]).seconds).toBeNaN();
  });
});

describe('time', () => {
  it('warms up, then repeats as often as wanted, or twice that when disturbed', async () => {
    let calls = 0;
    const timing = await time(async () => void (calls += 1), {
      repetitions: 2,
      calls: 3,
      warmUp: 2,
      patienceSeconds: 0,
    });
    expect(timing.repetitions.length).toBeGreaterThanOrEqual(2);
    expect(timing.repetitions.length).toBeLessThanOrEqual(4);
    expect(calls).toBe(2 + 3 * timing.repetitions.length);
    expect(timing.firstSeconds).toBeGreaterThanOrEqual(0);
  });
});
