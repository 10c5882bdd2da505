import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expression } from './expression.ts';
import { formatExpression } from './format-expression.ts';
import { parseExpression } from './parse-expression.ts';

function whole(value: number): Expression {
  return { kind: 'number', value: { numerator: BigInt(value), denominator: 1n }, decimals: undefined };
}

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.nat(9999).map(whole),
  fc.nat(999).map((tenths): Expression => {
    const divisor = tenths % 10 === 0 ? 10 : tenths % 5 === 0 ? 5 : tenths % 2 === 0 ? 2 : 1;
    const value = { numerator: BigInt(tenths / divisor), denominator: BigInt(10 / divisor) };
    return { kind: 'number', value, decimals: 1 };
  }),
  fc
    .constantFrom('x', 'y', 'n', 'x_1', 'x_{12}', 'alpha', 'Omega', 'bar{x}', "y'")
    .map((name): Expression => ({ kind: 'symbol', name })),
  fc.constantFrom('pi', 'e', 'i').map((name): Expression => ({ kind: 'constant', name: name as 'pi' })),
);

const { value } = fc.letrec<{ value: Expression }>((tie) => {
  const one = tie('value');
  const several = fc.array(one, { minLength: 2, maxLength: 3 });
  const pair = fc.tuple(one, one);
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      several.map((terms): Expression => ({ kind: 'add', terms })),
      several.map((factors): Expression => ({ kind: 'multiply', factors })),
      one.map((operand): Expression => ({ kind: 'negate', operand })),
      pair.map(([numerator, denominator]): Expression => ({ kind: 'divide', numerator, denominator })),
      pair.map(([base, exponent]): Expression => ({ kind: 'power', base, exponent })),
      pair.map(([radicand, degree]): Expression => ({ kind: 'root', radicand, degree })),
      one.map((operand): Expression => ({ kind: 'factorial', operand })),
      one.map((operand): Expression => ({ kind: 'absolute', operand })),
      one.map((operand): Expression => ({ kind: 'percent', operand })),
      pair.map(([left, right]): Expression => ({ kind: 'plus-minus', left, right, sign: -1 })),
      fc
        .tuple(fc.constantFrom('sin', 'asin', 'acosh', 'floor', 'Max', 'gcd', 'f'), one)
        .map(([name, argument]): Expression => ({ kind: 'call', name, arguments: [argument] })),
      fc
        .tuple(fc.constantFrom('log', 'Mod', 'binomial', 'Min'), pair)
        .map(([name, values]): Expression => ({ kind: 'call', name, arguments: values })),
    ),
  };
});

const answer: fc.Arbitrary<Expression> = fc.oneof(
  value,
  fc.array(value, { minLength: 2, maxLength: 3 }).map((items): Expression => ({ kind: 'tuple', items })),
  fc.array(value, { minLength: 1, maxLength: 3 }).map((items): Expression => ({ kind: 'set', items })),
  fc.array(value, { minLength: 2, maxLength: 3 }).map((items): Expression => ({ kind: 'list', items })),
  fc.tuple(value, value, fc.boolean()).map(
    ([lower, upper, includesUpper]): Expression => ({
      kind: 'interval',
      lower,
      upper,
      includesLower: true,
      includesUpper,
    }),
  ),
  fc.tuple(value, value, value).map((operands): Expression => ({ kind: 'relation', operands, operators: ['<', '<='] })),
  fc.tuple(value, value, value, value).map(
    ([a, b, c, d]): Expression => ({
      kind: 'matrix',
      rows: [
        [a, b],
        [c, d],
      ],
    }),
  ),
);

describe('formatExpression', () => {
  it('writes what is read back as the same expression', () => {
    fc.assert(
      fc.property(answer, (expression) => {
        expect(parseExpression(formatExpression(expression))).toEqual({ expression });
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['x \\in \\mathbb{R} \\setminus \\{0\\}', 'x \\in \\mathbb{R} \\setminus \\{0\\}'],
    ['[1,2] \\cap ([3,4] \\cup \\{5\\})', '[1, 2] \\cap ([3, 4] \\cup \\{5\\})'],
    ['\\prod_{k=1}^{n} k^2', '\\prod_{k = 1}^{n} k^{2}'],
    ['\\frac{dy}{dx}', '\\frac{d}{dx} y'],
    ['\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}', '\\begin{vmatrix}1 & 2 \\\\ 3 & 4\\end{vmatrix}'],
    ['\\{x^2 : x \\in \\mathbb{Z}\\}', '\\{x^{2} \\mid x \\in \\mathbb{Z}\\}'],
    ['-3 \\text{ miles}', '-3 \\text{mi}'],
  ])('writes %s as %s, and that the same again', (source, expected) => {
    for (const text of [source, expected]) {
      const parsed = parseExpression(text);
      expect('expression' in parsed && formatExpression(parsed.expression)).toBe(expected);
    }
  });
});
