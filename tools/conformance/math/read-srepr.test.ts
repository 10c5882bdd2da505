import { formatExpression } from '@rlloom/rewards';
import { describe, expect, it } from 'vitest';
import { readSrepr } from './read-srepr.ts';

describe('readSrepr', () => {
  it.each([
    ["Add(Symbol('y'), Rational(1, 2))", 'y + 1/2'],
    ["Mul(Integer(-1), Pow(Symbol('x_{i,j}'), Integer(2)))", '-1 * x_{i,j}^{2}'],
    ["Float('1.1000000000000001', precision=53)", '1.1'],
    ["Float('-6.6729999999999999e-11', precision=53)", '-0.00000000006673'],
    ["Float('242801.61749832361', precision=53)", '242801.6174983236'],
    ['FiniteSet(Tuple(Integer(1), Integer(-2)), pi)', '\\{(1, -2), pi\\}'],
    ['Interval(Integer(0), oo, false, true)', '[0, \\infty)'],
    ["Integral(Symbol('x'), Tuple(Symbol('x'), Symbol('a'), Symbol('b')))", '\\int_{a}^{b} x dx'],
    ["Derivative(tan(Symbol('x')), Tuple(Symbol('x'), Integer(1)))", '\\frac{d}{dx} \\operatorname{tan}(x)'],
    ["Sum(Symbol('i'), Tuple(Symbol('i'), Integer(0), Symbol('n')))", '\\sum_{i = 0}^{n} i'],
    ["Limit(Symbol('a'), Symbol('x'), Integer(3), Symbol('-'))", '\\lim_{x \\to 3^{-}} a'],
    ["Function('f')(Symbol('x'))", 'f(x)'],
    [
      "ImmutableDenseMatrix([[Integer(1), E], [-oo, Symbol('h_{\\\\theta}')]])",
      '\\begin{pmatrix}1 & e \\\\ -\\infty & h_{\\theta}\\end{pmatrix}',
    ],
    ["Equality(Symbol('k'), FiniteSet(Integer(1)))", 'k = \\{1\\}'],
  ])('reads %s', (text, expected) => {
    expect(formatExpression(readSrepr(text))).toBe(expected);
  });

  it('takes an i that nothing binds for the imaginary unit', () => {
    expect(readSrepr("Symbol('i')")).toEqual({ kind: 'constant', name: 'i' });
    expect(readSrepr("Sum(Symbol('i'), Tuple(Symbol('i'), Integer(0), Integer(3)))")).toHaveProperty(
      'body.kind',
      'symbol',
    );
  });

  it('refuses what it does not know, and what is cut off', () => {
    expect(() => readSrepr('Quux')).toThrow('Quux');
    expect(() => readSrepr('Add(Integer(1), ')).toThrow('cannot read');
  });
});
