import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRateLimits, type RateLimitOptions, type RatePermit } from './rate-limits.ts';

const never = new AbortController().signal;
const unlimited: RateLimitOptions = { maxConcurrent: 1000, maxRpm: null, maxTpm: null, estimatedTokensPerRequest: 100 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** When each of `count` requests may be sent, in milliseconds; each ends at once and costs `tokens`. */
async function times(options: RateLimitOptions, count: number, tokens: number | null = null): Promise<number[]> {
  const limits = createRateLimits(options);
  const start = performance.now();
  const sent: number[] = [];
  const all = Array.from({ length: count }, async () => {
    const permit = await limits.acquire(never);
    sent.push(performance.now() - start);
    permit.release(tokens);
  });
  await vi.runAllTimersAsync();
  await Promise.all(all);
  return sent;
}

describe('createRateLimits', () => {
  it('lets everything through without limits', async () => {
    expect(await times(unlimited, 50)).toEqual(new Array(50).fill(0));
  });

  it('keeps requests per minute: ten seconds worth at once, then evenly', async () => {
    // 60 per minute: 10 at once, then one per second.
    const sent = await times({ ...unlimited, maxRpm: 60 }, 13);
    expect(sent.slice(0, 10)).toEqual(new Array(10).fill(0));
    for (const [index, time] of sent.slice(10).entries()) {
      expect(time).toBeGreaterThanOrEqual(1000 * (index + 1) - 1);
      expect(time).toBeLessThan(1000 * (index + 1) + 20);
    }
  });

  it('serves fewer than one request in ten seconds too', async () => {
    const sent = await times({ ...unlimited, maxRpm: 2 }, 2);
    expect(sent[0]).toBe(0);
    expect(sent[1]).toBeGreaterThanOrEqual(29_999);
  });

  it('keeps tokens per minute by the estimate, then by what answers cost', async () => {
    // 600 per minute, 10 per second: the bucket holds 100, one request.
    const byEstimate = await times({ ...unlimited, maxTpm: 600 }, 3);
    expect(byEstimate.map((time) => Math.round(time / 1000))).toEqual([0, 10, 20]);
    const dearer = await times({ ...unlimited, maxTpm: 600 }, 3, 200);
    expect(dearer.map((time) => Math.round(time / 1000))).toEqual([0, 20, 40]);
    const cheaper = await times({ ...unlimited, maxTpm: 600 }, 3, 50);
    expect(cheaper.map((time) => Math.round(time / 1000))).toEqual([0, 5, 10]);
  });

  it('keeps the number under way, and the order', async () => {
    const limits = createRateLimits({ ...unlimited, maxConcurrent: 2 });
    const order: number[] = [];
    const permits: RatePermit[] = [];
    for (let i = 0; i < 4; i++) {
      void limits.acquire(never).then((permit) => {
        order.push(i);
        permits.push(permit);
      });
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(order).toEqual([0, 1]);
    permits[0]!.release(null);
    permits[0]!.release(null);
    await vi.advanceTimersByTimeAsync(1000);
    expect(order).toEqual([0, 1, 2]);
  });

  it('drops who no longer waits, without a place in the line', async () => {
    const limits = createRateLimits({ ...unlimited, maxConcurrent: 1 });
    const permit = await limits.acquire(never);
    const stop = new AbortController();
    const given = limits.acquire(stop.signal);
    const next = limits.acquire(never);
    stop.abort(new Error('late'));
    await expect(given).rejects.toThrow('late');
    await expect(limits.acquire(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    permit.release(null);
    await expect(next).resolves.toBeDefined();
  });

  it('sends nothing while paused, and keeps no process alive for nobody', async () => {
    const limits = createRateLimits(unlimited);
    limits.pause(5000);
    const stop = new AbortController();
    const start = performance.now();
    const given = limits.acquire(never).then(() => performance.now() - start);
    await vi.runAllTimersAsync();
    expect(await given).toBeGreaterThanOrEqual(5000);
    limits.pause(5000);
    const waiting = limits.acquire(stop.signal);
    stop.abort(new Error('late'));
    await expect(waiting).rejects.toThrow('late');
    expect(vi.getTimerCount()).toBe(0);
  });
});
