import { describe, expect, it } from 'vitest';
import { busySeconds, type CoreUse, othersBetween } from './quiet.ts';

describe('busySeconds', () => {
  it('adds what was worked, in hundredths of a second, and leaves out idling, waiting for disks, and guests', () => {
    //           user nice system idle iowait irq softirq steal guest guest_nice
    const stat = 'cpu  1000 20 300 9999 555 4 50 6 77 8\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n';
    expect(busySeconds(stat)).toBe(13.8);
  });

  it('takes what an old kernel does not count as nothing', () => {
    expect(busySeconds('cpu 100 0 50 7\n')).toBe(1.5);
  });

  it('is not known without the line', () => {
    expect(busySeconds('')).toBeUndefined();
    expect(busySeconds('cpu0 1 2 3 4\n')).toBeUndefined();
  });
});

describe('othersBetween', () => {
  const use = (busy: number | undefined, own: number, at: number): CoreUse => ({
    busySeconds: busy,
    ownSeconds: own,
    atSeconds: at,
  });

  it('is what was worked less what this process did, in cores', () => {
    expect(othersBetween(use(100, 5, 10), use(103, 7, 12))).toBe(0.5);
  });

  it('is never negative: the clocks of the system and of the process tick apart', () => {
    expect(othersBetween(use(100, 5, 10), use(101.99, 7, 12))).toBe(0);
  });

  it('is not known where the system does not tell', () => {
    expect(othersBetween(use(undefined, 5, 10), use(undefined, 7, 12))).toBeNull();
  });
});
