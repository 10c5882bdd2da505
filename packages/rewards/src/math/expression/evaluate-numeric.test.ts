import { Complex } from 'complex.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateNumeric } from './evaluate-numeric.ts';
import { parseExpression } from './parse-expression.ts';

const point = new Map([
  ['x', new Complex(0.7, 0.4)],
  ['y', new Complex(-1.3, 0.2)],
]);

function value(text: string, assignment: ReadonlyMap<string, Complex> = point): Complex {
  const parsed = parseExpression(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return evaluateNumeric(parsed.expression, assignment);
}

describe('evaluateNumeric', () => {
  it.each<[string, number, number]>([
    ['e^{i\\pi}', -1, 0],
    ['\\sqrt{-4}', 0, 2],
    ['\\sin 30^\\circ', 0.5, 0],
    ['\\arctan(1) \\cdot 4', Math.PI, 0],
    ['\\log 100 + \\ln e^2', 4, 0],
    ['\\sqrt[3]{-8}', -2, 0],
    ['(-8)^{1/3}', 1, Math.sqrt(3)],
    ['\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}', -2, 0],
    ['\\Gamma(5)', 24, 0],
    ['0.5!', Math.sqrt(Math.PI) / 2, 0],
    ['\\binom{x}{2} - \\frac{x^2 - x}{2}', 0, 0],
    ['\\gcd(125, 50x)', 25, 0],
    ['\\gcd(x, y)', 1, 0],
    ['\\operatorname{lcm}(2y, x) - 2xy', 0, 0],
    ['\\lcm(\\sqrt{5}, \\sqrt{2})', Math.sqrt(10), 0],
    ['\\sum_{i=0}^{3} i x - 6x', 0, 0],
    ['\\int_0^1 \\frac{dt}{\\sqrt{1 - t^2}}', Math.PI / 2, 0],
    ['\\frac{d}{dx} x^3 - 3x^2', 0, 0],
    ['\\lim_{t \\to 0} \\frac{\\sin t}{t}', 1, 0],
    ['\\lim_{n \\to \\infty} \\frac{2n + 1}{n}', 2, 0],
    ['\\lfloor 2.5 \\rfloor + \\max(1, 3) - (17 \\bmod 5)', 3, 0],
    ['\\sin^2 x + \\cos^2 x', 1, 0],
    ['\\tan^2 x + 1 - \\sec^2 x', 0, 0],
  ])('%s', (text, re, im) => {
    const result = value(text);
    // A square-root singularity costs the quadrature half of its digits.
    const digits = text.includes('\\int') ? 6 : 9;
    expect(result.re).toBeCloseTo(re, digits);
    expect(result.im).toBeCloseTo(im, digits);
  });

  it.each([
    'z',
    '\\frac{1}{x - x}',
    '0^{-1}',
    'x = 1',
    '(1, 2)',
    '\\text{odd}',
    '\\int x dx',
    '\\ln 0',
    '\\sum_{k=1}^{x} k',
    '1 \\pm 2',
    '\\gcd(1234!, x)',
  ])('%s has no value', (text) => {
    expect(value(text).isNaN()).toBe(true);
  });

  it('gives an unknown function the same value for the same arguments only', () => {
    expect(value('f(x + 1)').equals(value('f(1 + x)'))).toBe(true);
    expect(value('f(x)').equals(value('f(y)'))).toBe(false);
    expect(value('f(x)').equals(value('g(x)'))).toBe(false);
    expect(value('f(x, y)').equals(value('f(y, x)'))).toBe(false);
  });

  it('follows the laws of arithmetic at any point', () => {
    const eighths = fc.integer({ min: -24, max: 24 });
    const number = fc.tuple(eighths, eighths).map(([re, im]) => new Complex(re / 8, im / 8));
    fc.assert(
      fc.property(number, number, (x, y) => {
        const at = new Map([
          ['x', x],
          ['y', y],
        ]);
        for (const [left, right] of [
          ['(x+y)^3', 'x^3 + 3x^2y + 3xy^2 + y^3'],
          ['e^{x+y}', 'e^x \\cdot e^y'],
          ['\\cos(x + y)', '\\cos x \\cos y - \\sin x \\sin y'],
          ['\\sqrt{x}^2', 'x'],
        ] as const) {
          const [one, other] = [value(left, at), value(right, at)];
          expect(one.sub(other).abs()).toBeLessThanOrEqual(1e-9 * Math.max(1, other.abs()));
        }
      }),
    );
  });
});
