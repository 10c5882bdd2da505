import { describe, expect, it } from 'vitest';
import { parseExpression } from '../expression/parse-expression.ts';
import * as fixed from './fixed-point.ts';
import { agree, manyDigits } from './many-digits.ts';

function digits(text: string): bigint | undefined {
  const parsed = parseExpression(text);
  return 'expression' in parsed ? manyDigits(parsed.expression) : undefined;
}
const toNumber = (value: bigint | undefined): number | undefined =>
  value === undefined ? undefined : Number((value * 10n ** 18n) / fixed.one) / 1e18;

describe('manyDigits', () => {
  it.each<[string, number]>([
    ['\\pi', Math.PI],
    ['e', Math.E],
    ['\\sqrt{2}', Math.SQRT2],
    ['\\sqrt[3]{7}', Math.cbrt(7)],
    ['2^{0.3}', 2 ** 0.3],
    ['e^{-5/3}', Math.exp(-5 / 3)],
    ['\\ln 10', Math.LN10],
    ['\\ln(1/1000)', Math.log(0.001)],
    ['\\log_2 10', Math.log2(10)],
    ['\\sin 7', Math.sin(7)],
    ['\\cos(-12)', Math.cos(-12)],
    ['\\tan 1', Math.tan(1)],
    ['\\arctan 3', Math.atan(3)],
    ['\\arcsin(1/3)', Math.asin(1 / 3)],
    ['\\arccos(-1/3)', Math.acos(-1 / 3)],
    ['|1 - \\sqrt{2}|', Math.SQRT2 - 1],
    ['\\frac{1}{\\sqrt{3}} - (-2)^3', 1 / Math.sqrt(3) + 8],
  ])('%s', (text, expected) => {
    expect(toNumber(digits(text))).toBeCloseTo(expected, 12);
  });

  it('tells apart what doubles cannot', () => {
    const same = (left: string, right: string): boolean => agree(digits(left)!, digits(right)!);
    expect(same('\\sqrt{10^{20}+1}', '10^{10}')).toBe(false);
    expect(same('10^{20}+\\sqrt{2}', '10^{20}+\\sqrt{3}')).toBe(false);
    expect(same('e^{-50}', '0')).toBe(false);
    // Ramanujan's near-integer: 12 nines after the point.
    expect(same('e^{\\pi\\sqrt{163}}', '262537412640768744')).toBe(false);
    expect(same('\\sin \\pi', '0')).toBe(true);
    expect(same('\\ln 6', '\\ln 2 + \\ln 3')).toBe(true);
    expect(same('\\sqrt{5+2\\sqrt{6}}', '\\sqrt{2}+\\sqrt{3}')).toBe(true);
    expect(same('\\arctan 1', '\\pi/4')).toBe(true);
    expect(same('\\arcsin(-1)', '-\\frac{\\pi}{2}')).toBe(true);
  });

  it.each([
    'x',
    '\\sqrt{-1}',
    '\\ln 0',
    '\\ln(-2)',
    '\\frac{1}{\\sin\\pi}',
    '\\arcsin 2',
    'e^{9999}',
    '\\infty',
    'f(2)',
    '\\sqrt[3]{-8}',
    '\\sqrt[99]{2}',
  ])('leaves alone what is not real or too large: %s', (text) => {
    expect(digits(text)).toBeUndefined();
  });

  it('ends with its budget', () => {
    const parsed = parseExpression('1+2+3+4+\\pi');
    expect('expression' in parsed && manyDigits(parsed.expression, { nodes: 3 })).toBeUndefined();
  });

  it('takes real roots of odd degree', () => {
    expect(fixed.root(-8n * fixed.one, 3)).toBe(-2n * fixed.one);
    expect(fixed.root(-8n * fixed.one, 2)).toBeUndefined();
    expect(fixed.root(0n, 5)).toBe(0n);
    expect(fixed.root(fixed.one, 0)).toBeUndefined();
  });
});
