import { describe, expect, it } from 'vitest';
import { formatRational, OverBudget } from '../rational.ts';
import { evaluateExact } from './evaluate-exact.ts';
import { parseExpression } from './parse-expression.ts';

function value(text: string): string {
  const parsed = parseExpression(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  const exact = evaluateExact(parsed.expression);
  return exact === undefined ? 'undefined' : formatRational(exact);
}

describe('evaluateExact', () => {
  it.each([
    ['1/3 + 0.5', '5/6'],
    ['-2\\frac14', '-9/4'],
    ['2^{-3}', '1/8'],
    ['\\sqrt{\\frac{9}{4}}', '3/2'],
    ['\\sqrt[3]{-8}', '-2'],
    ['8^{2/3}', '4'],
    ['50\\% \\cdot 6', '3'],
    ['5 \\text{ cm}', '5'],
    ['5!', '120'],
    ['|3 - 5|', '2'],
    ['\\gcd(2.4, 3.6)', '6/5'],
    ['\\lcm(-8, 4, 6)', '24'],
    ['\\max(1/2, 0.4)', '1/2'],
    ['\\lfloor -2.5 \\rfloor + \\lceil 2.1 \\rceil', '0'],
    ['-7 \\bmod 3', '2'],
    ['128*10^{300} \\mod 876123', '335792'],
    ['\\binom{16}{2}', '120'],
    ['\\log_2 \\frac18', '-3'],
    ['\\sum_{k=1}^{100} k', '5050'],
    ['\\prod_{i=1}^{3} i^2', '36'],
    ['0.\\overline{142857}', '1/7'],
    ['(-1)^{10^{20}}', '1'],
  ])('%s is %s', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it.each([
    '\\frac{1}{0}',
    '0^0',
    '\\sqrt{2}',
    '\\pi',
    'x',
    '(1, 2)',
    '\\log_2 3',
    '(-4)^{1/2}',
    '(-3)!',
    '\\text{no}',
  ])('%s has no value that is a rational number', (text) => {
    expect(value(text)).toBe('undefined');
  });

  it.each([
    '9^{9^{9^9}}',
    '1000000!',
    '((30!)!)!',
    '10^{100000000}',
    '7^{-100000000}',
    '\\binom{10^9}{5 \\cdot 10^8}',
    '\\sum_{k=1}^{10^6} k',
  ])('gives up on %s at once', (text) => {
    expect(() => value(text)).toThrow(OverBudget);
  });
});
