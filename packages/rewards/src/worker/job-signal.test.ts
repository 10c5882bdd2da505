import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createJobSignal } from './job-signal.ts';

describe('createJobSignal', () => {
  it('aborts at the deadline, which counts from the start and not from the first look', async () => {
    const start = performance.now();
    const job = createJobSignal(60, 'too late');
    await sleep(40);
    const { signal } = job;
    expect(signal.aborted).toBe(false);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(performance.now() - start).toBeGreaterThanOrEqual(60);
    expect(signal.reason).toEqual(new Error('too late'));
  });

  it('is aborted at once when the time was over before anybody looked', async () => {
    const job = createJobSignal(1, 'too late');
    await sleep(10);
    expect(job.signal.aborted).toBe(true);
  });

  it('is one signal however often it is read, and ends with the job that is stopped', () => {
    const stop = new AbortController();
    const job = createJobSignal(60_000, 'too late', stop.signal);
    expect(job.signal).toBe(job.signal);
    stop.abort('stopped');
    expect(job.signal.reason).toBe('stopped');
    job.release();
    expect(createJobSignal(60_000, 'too late', stop.signal).signal.reason).toBe('stopped');
  });

  it('keeps no timer once it is released', async () => {
    const read = createJobSignal(20, 'too late');
    const { signal } = read;
    read.release();
    const unread = createJobSignal(20, 'too late');
    unread.release();
    await sleep(60);
    expect(signal.aborted).toBe(false);
    expect(unread.signal.aborted).toBe(false);
  });
});
