import { describe, expect, it } from 'vitest';
import { rational } from '../rational.ts';
import { isWithinDecimals, isWithinTolerance, toNumber } from './decimals.ts';

const third = rational(1n, 3n);
const tiny = rational(1n, 10n ** 20n);

describe('isWithinDecimals', () => {
  it('rounds both sides', () => {
    expect(isWithinDecimals(third, rational(333n, 1000n), 3)).toBe(true);
    expect(isWithinDecimals(third, rational(333n, 1000n), 4)).toBe(false);
    expect(isWithinDecimals(rational(-2n, 3n), rational(-667n, 1000n), 3)).toBe(true);
    expect(isWithinDecimals(rational(-2n, 3n), rational(-666n, 1000n), 3)).toBe(false);
    expect(isWithinDecimals(rational(1n), rational(-1n), 6)).toBe(false);
  });

  it('takes zero for no rounded number, and small ones by their size', () => {
    expect(isWithinDecimals(rational(0n), tiny, 6)).toBe(false);
    expect(isWithinDecimals(rational(0n), rational(0n), 6)).toBe(true);
    expect(isWithinDecimals(tiny, rational(2n, 10n ** 20n), 6)).toBe(false);
    expect(isWithinDecimals(rational(1_000_000_1n, 10n ** 27n), tiny, 6)).toBe(true);
  });
});

describe('isWithinTolerance', () => {
  it('is relative to the reference', () => {
    expect(isWithinTolerance([rational(1000n), rational(1001n)], 1e-3)).toBe(true);
    expect(isWithinTolerance([rational(1000n), rational(1002n)], 1e-3)).toBe(false);
    expect(isWithinTolerance([rational(-1000n), rational(1000n)], 1e-3)).toBe(false);
    expect(isWithinTolerance([rational(0n), tiny], 1e-3)).toBe(false);
    expect(isWithinTolerance([rational(0n), rational(0n)], 1e-3)).toBe(true);
  });

  it('lets the more precise of two decimals round to the other, when that has two digits', () => {
    expect(isWithinTolerance([rational(29n, 100n), rational(290_243n, 1_000_000n)], 1e-4, [2, 6])).toBe(true);
    expect(isWithinTolerance([rational(3n, 10n), rational(290_243n, 1_000_000n)], 1e-4, [1, 6])).toBe(false);
    expect(isWithinTolerance([rational(29n, 100n), rational(290_243n, 1_000_000n)], 1e-4)).toBe(false);
  });
});

describe('toNumber', () => {
  it('is the nearest double, also where both parts are beyond doubles', () => {
    expect(toNumber(third)).toBe(1 / 3);
    expect(toNumber(rational(0n))).toBe(0);
    expect(toNumber(rational(3n * 10n ** 400n, 10n ** 399n + 1n))).toBeCloseTo(30, 10);
    expect(toNumber(rational(-(10n ** 399n) - 1n, 3n * 10n ** 400n))).toBeCloseTo(-1 / 30, 12);
    expect(toNumber(rational(10n ** 400n))).toBe(Infinity);
  });
});
