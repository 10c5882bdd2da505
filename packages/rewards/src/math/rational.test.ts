import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  compare,
  divide,
  equals,
  formatRational,
  multiply,
  negate,
  OverBudget,
  power,
  type Rational,
  rational,
  subtract,
  Undefined,
} from './rational.ts';

const numbers = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 20n }))
  .map(([numerator, denominator]) => rational(numerator, denominator));
const zero = rational(0n);
const whole = (value: number): Rational => rational(BigInt(value));

describe('rational arithmetic', () => {
  it('is in lowest terms with a positive denominator', () => {
    expect(rational(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n });
    expect(rational(0n, -7n)).toEqual({ numerator: 0n, denominator: 1n });
  });

  it('obeys the laws of a field', () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, (a, b, c) => {
        expect(add(a, b)).toEqual(add(b, a));
        expect(multiply(a, add(b, c))).toEqual(add(multiply(a, b), multiply(a, c)));
        expect(subtract(add(a, b), b)).toEqual(a);
        expect(add(a, negate(a))).toEqual(zero);
        if (!equals(b, zero)) expect(multiply(divide(a, b), b)).toEqual(a);
      }),
    );
  });

  it('orders like the numbers it stands for', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer({ min: 1, max: 1000 }), (a, b, d) => {
        expect(compare(rational(BigInt(a), BigInt(d)), rational(BigInt(b), BigInt(d)))).toBe(Math.sign(a - b));
      }),
    );
  });

  it('raises to whole powers', () => {
    expect(power(whole(2), whole(10))).toEqual(whole(1024));
    expect(power(rational(2n, 3n), whole(-2))).toEqual(rational(9n, 4n));
    expect(power(whole(-1), rational(10n ** 30n + 1n))).toEqual(whole(-1));
    expect(power(whole(0), whole(5))).toEqual(zero);
    expect(power(whole(5), whole(0))).toEqual(whole(1));
  });

  it('refuses what has no value, and what would cost too much', () => {
    expect(() => divide(whole(1), zero)).toThrow(Undefined);
    expect(() => power(zero, whole(-1))).toThrow(Undefined);
    expect(() => power(zero, zero)).toThrow(Undefined);
    expect(() => power(whole(2), rational(1n, 2n))).toThrow(Undefined);
    expect(() => power(whole(9), rational(10n ** 20n))).toThrow(OverBudget);
    expect(() => power(rational(1n, 7n), whole(-5000))).toThrow(OverBudget);
    const large = rational(10n ** 999n);
    expect(() => multiply(large, large)).toThrow(OverBudget);
  });

  it('shows long numbers in short', () => {
    expect(formatRational(rational(-3n, 4n))).toBe('-3/4');
    expect(formatRational(rational(10n ** 40n)).length).toBeLessThan(25);
  });
});
