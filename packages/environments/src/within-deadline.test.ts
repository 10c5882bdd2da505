import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DeadlinePassed, withinDeadline } from './within-deadline.ts';

describe('withinDeadline', () => {
  it('gives what the work gives, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await withinDeadline(60_000, signal, async () => 7)).toBe(7);
    await expect(withinDeadline(60_000, signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('leaves work behind that hangs, and tells it', async () => {
    let told: unknown;
    const hanging = withinDeadline(1, new AbortController().signal, (signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      return new Promise<never>(() => undefined);
    });
    await expect(hanging).rejects.toThrow('no answer within 1 ms');
    expect(told).toBeInstanceOf(DeadlinePassed);
  });

  it('ends with the signal', async () => {
    const closing = new AbortController();
    const hanging = withinDeadline(60_000, closing.signal, () => new Promise<never>(() => undefined));
    closing.abort(new Error('closed'));
    await expect(hanging).rejects.toThrow('closed');
    await expect(withinDeadline(60_000, closing.signal, async () => 1)).rejects.toThrow('closed');
    expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
  });
});
