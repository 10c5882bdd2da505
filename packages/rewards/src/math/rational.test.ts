import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumber } from './number-literal.ts';
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
  roundsTo,
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

  it('knows what a number rounds to, half a unit included', () => {
    expect(roundsTo(rational(1n, 3n), rational(333n, 1000n), 3)).toBe(true);
    expect(roundsTo(rational(1n, 3n), rational(334n, 1000n), 3)).toBe(false);
    expect(roundsTo(rational(5n, 2n), whole(3), 0)).toBe(true);
    expect(roundsTo(rational(5n, 2n), whole(2), 0)).toBe(true);
    expect(roundsTo(rational(-26n, 10n), whole(-2), 0)).toBe(false);
  });

  it('shows long numbers in short', () => {
    expect(formatRational(rational(-3n, 4n))).toBe('-3/4');
    expect(formatRational(rational(10n ** 40n)).length).toBeLessThan(25);
  });
});

describe('readNumber', () => {
  const read = (text: string, separators = true) => {
    const literal = readNumber(text, 0, separators);
    return literal === undefined ? undefined : [formatRational(literal.value), literal.decimals, literal.length];
  };

  it.each<[string, string, number | undefined]>([
    ['24', '24', undefined],
    ['007', '7', undefined],
    ['3.50', '7/2', 2],
    ['.5', '1/2', 1],
    ['5.', '5', undefined],
    ['1,234', '1234', undefined],
    ['12,345,678.9', '123456789/10', 1],
    ['1 234 567', '1234567', undefined],
    ['1,00,000', '100000', undefined],
    ['1234,56', '30864/25', 2],
    ['1.5e3', '1500', undefined],
    ['2E-2', '1/50', undefined],
  ])('reads %s', (text, value, decimals) => {
    expect(read(text)).toEqual([value, decimals, text.length]);
  });

  it.each<[string, string, number]>([
    ['1,2,3', '1', 1],
    ['12,34', '12', 2],
    ['1234,567', '1234', 4],
    ['1,234,56', '1', 1],
    ['1 23', '1', 1],
    ['5 000 00', '5', 1],
    ['3em', '3', 1],
  ])('reads only the first number of %s', (text, value, length) => {
    expect(read(text)).toEqual([value, undefined, length]);
  });

  it('takes no separators inside parentheses', () => {
    expect(read('1,234', false)).toEqual(['1', undefined, 1]);
  });

  it('finds no number where there is none', () => {
    for (const text of ['', 'x', '-1', '.', ',5', '\uff17']) expect(read(text)).toBeUndefined();
  });

  it('refuses absurd exponents and fractions', () => {
    expect(() => read('1e999999')).toThrow(OverBudget);
    expect(() => read(`0.${'1'.repeat(6000)}`)).toThrow(OverBudget);
  });

  it('reads back every decimal number, with and without separators', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.stringMatching(/^\d{0,12}$/), (integer, fraction) => {
        const expected = rational(BigInt(`${integer}${fraction}`), 10n ** BigInt(fraction.length));
        const point = fraction === '' ? '' : `.${fraction}`;
        const separated = String(integer).replace(/\B(?=(\d{3})+$)/g, ',');
        expect(readNumber(`${integer}${point}`, 0, true)?.value).toEqual(expected);
        expect(readNumber(`${separated}${point}`, 0, true)?.value).toEqual(expected);
      }),
    );
  });
});
