import { Complex } from 'complex.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateExact } from './evaluate-exact.ts';
import { evaluateNumeric } from './evaluate-numeric.ts';
import type { Expression } from './expression.ts';
import { formatExpression } from './format-expression.ts';
import { parseExpression } from './parse-expression.ts';

function read(text: string): Expression {
  const parsed = parseExpression(text);
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem}`);
  return parsed.expression;
}

const pieces = fc.constantFrom(
  ...'0 1 12 1,234 .5 . , ; : x y d e i f \\frac \\sqrt [ ] ( ) { } \\{ \\} | \\lvert \\rvert ^ _ + - * / ! % = < > \\le \\in \\cup \\pm \\int \\sum_ \\lim_ \\to \\sin \\log_ \\max \\text{ cm} \\text{ \\begin{pmatrix} \\end{pmatrix} \\begin{cases} & \\\\ \\mod \\left \\right \\boxed{ $ \\$ ^\\circ \\overline and or sqrt pi \\infty π ² ½ \\ \\operatorname{ \\variable{ \\char" \\not < 🙂 é 千'.split(
    ' ',
  ),
  ' ',
);

describe('parseExpression', () => {
  it('never throws, and what it reads can be written, evaluated and read again', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const parsed = parseExpression(parts.join(''));
        if ('problem' in parsed) return parsed.problem.length > 0;
        evaluateNumeric(parsed.expression, new Map());
        return formatExpression(parsed.expression).length > 0;
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws for any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const parsed = parseExpression(text);
        return 'expression' in parsed || parsed.problem.length > 0;
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    '(',
    '[',
    '{',
    '\\{',
    '|',
    '\\frac{1}{',
    '\\sqrt{',
    '((1)+',
    '-',
    '^',
    '_',
    '2^',
    'x_{',
    '\\text{',
    '\\left(',
    '\\begin{pmatrix}',
    '\\int ',
    '\\sin ',
    '1 ',
    '1,',
    '1.',
    '0.',
    'x ',
    'ab ',
    'no ',
    '\\mathrm{a',
    "x'",
    '\\boxed{',
    '$',
    '\\',
    '\\lim_{x \\to ',
    '\\frac{d}{d',
  ])('answers at once for thousands of %s', (piece) => {
    const text = piece.repeat(Math.floor(20_000 / piece.length));
    const start = performance.now();
    parseExpression(text);
    // Linear time is some milliseconds; anything quadratic takes many seconds.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('reads the LaTeX and the plain spelling of a fraction alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 1, max: 999 }), (top, bottom) => {
        const plain = evaluateExact(read(`${top}/${bottom}`));
        expect(evaluateExact(read(`\\frac{${top}}{${bottom}}`))).toEqual(plain);
        expect(evaluateExact(read(`\\dfrac{${top}}{${bottom}}`))).toEqual(plain);
        expect(evaluateExact(read(`$\\left(${top}\\right) \\div ${bottom}$`))).toEqual(plain);
      }),
    );
  });

  it('reads the LaTeX and the plain spelling of a polynomial alike', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 1, maxLength: 6 }), (coefficients) => {
        const join = (term: (coefficient: number, degree: number) => string): string =>
          coefficients
            .map((coefficient, degree) => `${coefficient < 0 ? '-' : '+'} ${term(Math.abs(coefficient), degree)}`)
            .join(' ');
        const latex = read(`$${join((coefficient, degree) => `${coefficient}x^{${degree}}`)}$`);
        const plain = read(join((coefficient, degree) => `${coefficient}*x^${degree}`));
        const value = coefficients.reduce((sum, coefficient, degree) => sum + coefficient * 1.5 ** degree, 0);
        const at = new Map([['x', new Complex(1.5, 0)]]);
        expect(evaluateNumeric(latex, at).re).toBeCloseTo(value, 8);
        expect(evaluateNumeric(plain, at).re).toBeCloseTo(value, 8);
      }),
    );
  });
});
