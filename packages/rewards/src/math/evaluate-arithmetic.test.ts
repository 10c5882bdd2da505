import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanMath } from './clean-math.ts';
import { evaluateArithmetic } from './evaluate-arithmetic.ts';
import { add, divide, formatRational, multiply, negate, type Rational, rational, subtract } from './rational.ts';

function evaluate(text: string): string {
  const clean = cleanMath(text);
  const result = evaluateArithmetic(clean);
  if ('problem' in result) return result.problem;
  return `${formatRational(result.value)}${result.end === clean.length ? '' : ` | ${clean.slice(result.end)}`}`;
}

describe('evaluateArithmetic', () => {
  it.each([
    ['48/2', '24'],
    ['2 + 3 * 4', '14'],
    ['(2+3)*4', '20'],
    ['10 - 4 - 3', '3'],
    ['24 / 4 / 2', '3'],
    ['-2^2', '-4'],
    ['(-2)^2', '4'],
    ['2^3^2', '512'],
    ['2**10', '1024'],
    ['2^{-1}', '1/2'],
    ['--5', '5'],
    ['3 - -5', '8'],
    ['2(3+4)', '14'],
    ['(2)(3)', '6'],
    ['5!', '120'],
    ['\\frac{1}{2}', '1/2'],
    ['\\dfrac{-3}{4}', '-3/4'],
    ['\\frac12', '1/2'],
    ['\\frac1{25}', '1/25'],
    ['\\frac{1}{\\frac{2}{3}}', '3/2'],
    ['2\\frac{1}{2}', '5/2'],
    ['2\\frac12', '5/2'],
    ['2 1/2', '5/2'],
    ['-2 1/2', '-5/2'],
    ['3 \\times 4', '12'],
    ['3 \\cdot 4', '12'],
    ['12 \\div 4', '3'],
    ['3 × 4 ÷ 6', '2'],
    ['7 − 9', '-2'],
    ['1.5 \\times 10^3', '1500'],
    ['10^{20}+1', '100000000000000000001'],
    ['\\left( \\frac{1}{3} \\right)', '1/3'],
    ['1{,}234 + 1', '1235'],
    ['11,\\! 111,\\! 100', '11111100'],
    ['\\$1,000.50', '2001/2'],
    ['-\\$5', '-5'],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text)).toBe(value);
  });

  it.each([
    ['5 apples', '5 |  apples'],
    ['5 - five', '5 |  - five'],
    ['2(x+1)', '2 | (x+1)'],
    ['3^x', '3 | ^x'],
    ['28\\%', '28 | %'],
    ['3 4', '3 |  4'],
  ])('%s stops where arithmetic ends', (text, value) => {
    expect(evaluate(text)).toBe(value);
  });

  it.each([
    ['', 'not-arithmetic'],
    ['x', 'not-arithmetic'],
    ['(1,234)', 'not-arithmetic'],
    ['(3', 'not-arithmetic'],
    ['2\\frac{3}{2}', 'not-arithmetic'],
    ['\\frac{1}{0}', 'undefined'],
    ['1/(2-2)', 'undefined'],
    ['0^0', 'undefined'],
    ['4^{1/2}', 'undefined'],
    ['(1/2)!', 'undefined'],
    ['9^{9^{9^{9}}}', 'over-budget'],
    ['1000000!', 'over-budget'],
    ['((30!)!)!', 'over-budget'],
    ['7^{-100000000}', 'over-budget'],
    [`${'('.repeat(600)}7${')'.repeat(600)}`, 'over-budget'],
    [`1${'+1'.repeat(3000)}`, 'over-budget'],
  ])('%s has no value', (text, problem) => {
    expect(evaluate(text)).toBe(problem);
  });

  interface Formula {
    readonly text: string;
    readonly value: Rational | undefined;
  }
  const leaf = fc.integer({ min: 0, max: 99 }).map((n): Formula => ({ text: String(n), value: rational(BigInt(n)) }));
  const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
    formula: fc.oneof(
      { maxDepth: 4 },
      leaf,
      tie('formula').map(({ text, value }) => ({ text: `-(${text})`, value: value && negate(value) })),
      fc
        .tuple(tie('formula'), fc.constantFrom('+', '-', '*', '/', '\\frac'), tie('formula'))
        .map(([left, operator, right]): Formula => {
          const apply = { '+': add, '-': subtract, '*': multiply, '/': divide, '\\frac': divide }[operator];
          const text =
            operator === '\\frac'
              ? `\\frac{${left.text}}{${right.text}}`
              : `(${left.text}) ${operator} (${right.text})`;
          try {
            return { text, value: left.value && right.value && apply(left.value, right.value) };
          } catch {
            return { text, value: undefined };
          }
        }),
    ),
  }));

  it('agrees with the tree a formula was written from', () => {
    fc.assert(
      fc.property(formula, ({ text, value }) => {
        const result = evaluateArithmetic(text);
        expect('problem' in result ? undefined : result.value).toEqual(value);
        if (!('problem' in result)) expect(result.end).toBe(text.length);
      }),
    );
  });

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      '1',
      '22',
      '.5',
      '+',
      '-',
      '*',
      '/',
      '^',
      '(',
      ')',
      '{',
      '}',
      '!',
      '\\frac',
      ' ',
      ',',
      'x',
      '\\',
      '%',
      '=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(evaluateArithmetic(pieces.join(''))).toBeTypeOf('object');
      }),
      { numRuns: 500 },
    );
  });
});
