import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareMath } from '../verify-math-answer.ts';
import type { MathVerifierOptions } from '../verifier-options.ts';

const verdict = (gold: string, answer: string, options?: Partial<MathVerifierOptions>): string =>
  compareMath(gold, answer, options).verdict;

describe('numbers', () => {
  it.each([
    ['0.5', '\\frac{1}{2}'],
    ['2\\frac{1}{2}', '2.5'],
    ['1{,}000', '1000'],
    ['11,\\! 111', '11111'],
    ['\\$18.90', '18.9'],
    ['10\\%', '10'],
    ['10\\%', '0.1'],
    ['0.1', '10\\%'],
    ['-5\\%', '-0.05'],
    ['106^\\circ', '106'],
    ['5 \\text{ cm}', '50 \\text{ mm}'],
    ['12 \\text{ apples}', '12'],
    ['10', '\\text{10 units}'],
    ['10', '\\text{about } 10'],
    ['\\frac{1}{3}', '\\frac{1}{3}m'],
    ['2^{10}', '1024'],
    ['5!', '120'],
    ['\\binom{5}{2}', '10'],
    ['10^3 = 1000', '1000'],
    ['\\sqrt{4}', '2'],
    ['\\sqrt{17}', '4.123106'],
    ['\\frac{1}{3}', '0.333333'],
    ['0.00000012', '0.00000012'],
    ['3.00 \\times 10^8', '300000000'],
    ['\\infty', '+\\infty'],
    ['1 + 2i', '2i + 1'],
    ['204_5', '204'],
    ['\\frac{1}{\\sqrt{2}}', '\\frac{\\sqrt{2}}{2}'],
    ['i^2', '-1'],
    ['e^{i\\pi}', '-1'],
  ])('%s is %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('correct');
  });

  it.each([
    ['10^{20}', '10^{20}+1'],
    ['0', '10^{-20}'],
    ['0', '0.0000000'.replace(/0$/, '1')],
    ['\\frac{1}{3}', '0.333'],
    ['\\pi', '3.14'],
    ['\\pi', '\\frac{22}{7}'],
    ['10^{10}', '\\sqrt{10^{20}+1}'],
    ['-\\infty', '\\infty'],
    ['\\infty', '10^{300}'],
    ['\\infty', '\\frac{1}{0}'],
    ['0', '\\frac{0}{0}'],
    ['28\\%', '0.28\\%'],
    ['5 \\text{ cm}', '5 \\text{ mm}'],
    ['5 \\text{ cm}', '5 \\text{ kg}'],
    ['1 + 2i', '1 - 2i'],
    ['204_5', '204_6'],
    ['5', '5.001'],
    ['7', '8 = 7'],
    ['7', '\\text{7 (correct)}'],
    ['2', '\\pm 2'],
    ['5', '5x'],
    ['5', '\\text{not } 5'],
    ['5', '\\text{minus } 5'],
    ['5', '\\text{5 or so, or 6}'],
  ])('%s is not %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('incorrect');
  });

  it.each([
    ['7', '9^{9^{9^9}}'],
    ['7', '1000000!'],
    ['7', '\\binom{1000000000}{500000000}'],
    ['\\frac{1}{0}', '7'],
    ['x +', '7'],
    ['7', '\\sum_{i=1}^{10} \\sum_{j=1}^{1000} \\sum_{k=1}^{1000} 1'],
  ])('whether %s is %s is not decided', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('unverifiable');
  });

  it('rounds as far as it is told', () => {
    expect(verdict('1/3', '0.333', { decimalPlaces: 3 })).toBe('correct');
    expect(verdict('1/3', '0.333', { decimalPlaces: 4 })).toBe('incorrect');
    expect(verdict('1/3', '0.333333', { decimalPlaces: null })).toBe('incorrect');
    expect(verdict('1000', '1000.05', { relativeTolerance: 1e-4 })).toBe('correct');
    expect(verdict('1000', '1000.2', { relativeTolerance: 1e-4 })).toBe('incorrect');
    expect(verdict('0.29', '0.290243', { relativeTolerance: 1e-4 })).toBe('correct');
    expect(verdict('50\\%', '50', { percentReadings: 'fraction' })).toBe('incorrect');
    expect(verdict('50\\%', '0.5', { percentReadings: 'fraction' })).toBe('correct');
  });
});

describe('formulas', () => {
  it.each([
    ['(x+1)^2', 'x^2+2x+1'],
    ['\\tan^2(y)+1', '\\sec^2(y)'],
    ['|x|', '\\sqrt{x^2}'],
    ['\\sin x', '\\sin(x+2\\pi)'],
    ['0', '\\sin^2 x + \\cos^2 x - 1'],
    ['\\ln x + \\ln y', '\\ln(xy)'],
    ['2^{n+1}', '4 \\cdot 2^{n-1}'],
    ['\\frac{1}{x-1} - \\frac{1}{x+1}', '\\frac{2}{x^2-1}'],
    ['10^{20}x + 1', '1 + 10^{20}x'],
    ['\\frac{1}{3\\sqrt[3]{x}^2}', '\\frac{1}{3x^{2/3}}'],
    ['f(x+1)', 'f(x+1)'],
    ['3000x', Array.from({ length: 3000 }, () => 'x').join('+')],
    ['\\sqrt{x-50}', '(x-50)^{1/2}'],
  ])('%s is %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('correct');
  });

  it.each([
    ['(x+1)^2', 'x^2+2x+2'],
    ['x', '\\sqrt{x^2}'],
    ['x', '|x|'],
    ['\\sin x', '\\sin(x+\\pi)'],
    ['10^{20}x + 1', '10^{20}x'],
    ['10^{-20}x', '0'],
    ['x', 'y'],
    ['x', '5'],
    ['f(x)', 'g(x)'],
    ['x^7+1', 'x^7'],
  ])('%s is not %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('incorrect');
  });

  it('takes names of variables for nothing where it is told so', () => {
    expect(verdict('x^2+1', 't^2+1', { strict: false })).toBe('correct');
    expect(verdict('x^2+1', 't^2+2', { strict: false })).toBe('incorrect');
    expect(verdict('x^2+1', 't^2+1')).toBe('incorrect');
  });

  it('is undecided where there are no values to compare', () => {
    expect(verdict('\\ln(-1-x^2)+\\int x dx', '\\ln(-1-x^2)+\\int x^2 dx')).toBe('unverifiable');
  });
});

describe('collections', () => {
  it.each([
    ['(1, 2)', '(1,2)'],
    ['(1, \\frac{9}{2})', '(1, 4.5)'],
    ['1, 2', '2, 1'],
    ['\\{1, 2\\}', '2, 1, 2'],
    ['1 \\pm \\sqrt{2}', '1-\\sqrt{2}, 1+\\sqrt{2}'],
    ['\\{1\\pm\\sqrt{5},-2\\}', '\\{-2, 1-\\sqrt{5}, 1+\\sqrt{5}\\}'],
    ['5', '\\{5\\}'],
    ['(2, 2), (6, 2)', '(6,2), (2,2)'],
    ['\\emptyset', '\\{\\}'],
    ['\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}', '\\begin{bmatrix}1&2\\\\3&\\frac{8}{2}\\end{bmatrix}'],
    ['6 \\text{ and } 8', '6, 8'],
    ['x = 1 \\text{ or } x = 2', '1, 2'],
    ['x = 1 \\text{ or } x = 2', 'x = 2, 1'],
    ['x_1 = 3, x_2 = 4', '4, 3'],
    ['p=5,q=2;p=7,q=2', '(5,2),(7,2)'],
    ['(x, y) = (5, 8) \\text{ and } (8, 5)', '(8,5), (5,8)'],
    ['-1', 'x = -1'],
    ['(3,1)', '3,1'],
  ])('%s is %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('correct');
  });

  it.each([
    ['(1, 2)', '(2, 1)'],
    ['(3, 1)', '\\{1, 3\\}'],
    ['1, 2', '1'],
    ['1', '1, 2'],
    ['1, 2', '1, 3'],
    ['\\{1\\}', '\\{\\}'],
    ['\\emptyset', '0'],
    ['(5,2),(7,2)', 'p=7,q=5;p=2,q=2'],
    ['x = 1, y = 2', '2, 1'],
    ['\\begin{pmatrix}1&2\\end{pmatrix}', '\\begin{pmatrix}1\\\\2\\end{pmatrix}'],
    ['\\begin{pmatrix}1\\\\2\\end{pmatrix}', '\\begin{pmatrix}1\\\\3\\end{pmatrix}'],
    ['7', '7 \\text{ or } 8'],
    ['32349', '32, 349'],
  ])('%s is not %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('incorrect');
  });

  it('compares large sets in one pass', () => {
    const numbers = Array.from({ length: 4000 }, (_, index) => index);
    expect(verdict(numbers.join(','), numbers.toReversed().join(','))).toBe('correct');
    expect(verdict(numbers.join(','), [...numbers.slice(1), 4001].join(','))).toBe('incorrect');
    expect(verdict('7', numbers.join(','))).toBe('incorrect');
    const formulas = (shift: number): string =>
      Array.from({ length: 300 }, (_, index) => `${index + shift}+\\sqrt{2}`).join(',');
    expect(['incorrect', 'unverifiable']).toContain(verdict(formulas(0), formulas(1)));
  });

  it('keeps the order of lists where it is told so', () => {
    expect(verdict('1, 2', '2, 1', { orderedLists: true })).toBe('incorrect');
    expect(verdict('1, 2', '1, 2', { orderedLists: true })).toBe('correct');
  });
});

describe('intervals and relations', () => {
  it.each([
    ['[0, 1)', '[0,1)'],
    ['(\\frac{3}{5}, \\frac{8}{3}]', '(0.6, \\frac{16}{6}]'],
    ['(-\\infty, 2) \\cup (3, \\infty)', '(3,\\infty) \\cup (-\\infty,2)'],
    ['(0, 2]', '(0, 1] \\cup [1, 2]'],
    ['[-2, 7]', 'x \\in [-2, 7]'],
    ['-2 \\le x \\le 7', '[-2, 7]'],
    ['-2 \\le x \\le 7', 'x \\in [-2, 7]'],
    ['[-2, 7]', '-2 \\le x \\le 7'],
    ['0 < f(x) < 1', '(0, 1)'],
    ['1 \\le |z| \\le 2', '[-2,-1] \\cup [1,2]'],
    ['(-1, 1)', '|x| < 1'],
    ['x < 1 \\text{ or } x > 2', '(-\\infty,1) \\cup (2,\\infty)'],
    ['\\mathbb{R} \\setminus \\{2\\}', '(-\\infty,2) \\cup (2,\\infty)'],
    ['x \\neq 2', '(-\\infty,2) \\cup (2,\\infty)'],
    ['x \\ge 5', '5 \\le x'],
    ['x < 1', '-x > -1'],
    ['x < 2', '2x + 1 < 5'],
    ['x^2/4 + y^2/3 = 1', 'x^2/16 + y^2/12 = 1/4'],
    ['y = 2x + 1', '2x - y + 1 = 0'],
    ['x = 1/3', 'x = 1/3 \\approx 0.33'],
    ['11', 'x \\approx 11'],
    ['f(x) = x + 1', 'x + 1'],
    ['\\frac{NO}{BO} = \\frac{1}{\\sqrt{6}}', '\\frac{1}{\\sqrt{6}}'],
    ['(p, q) = (3, 2)', '(3, 2)'],
    ['f(2) < f(1) < f(4)', 'f(4) > f(1) > f(2)'],
    ['z = 1 + 1 = 2', 'z = 2'],
    ['k = 45, n = 2', 'n = 2, k = 45'],
    ['(a, b + 1]', '(a, 1 + b]'],
    ['\\{x \\mid 1 < x < 2\\}', '(1, 2)'],
    ['a \\in (0, 1)', '0 < a < 1'],
  ])('%s is %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('correct');
  });

  it.each([
    ['[0, 1)', '[0, 1]'],
    ['(0, 9)', '[0, 9)'],
    ['(-\\infty, 2)', '(-\\infty, 3)'],
    ['(0, 1) \\cup (1, 2)', '(0, 2)'],
    ['x > 5', 'x < 5'],
    ['x > 5', 'x \\ge 5'],
    ['x < 1', 'x > -1'],
    ['x = 1', 'y = 1'],
    ['a + 3z = 0', '0'],
    ['x + y - z + 2 = 0', '5x - 7y + 11z + 4 = 0'],
    ['y = 2x + 1', 'y = 2x - 1'],
    ['7', '6 < 8'],
    ['x^7+x+2=0', 'x^7+x+1=0'],
    ['x < 1', 'x = 1'],
  ])('%s is not %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('incorrect');
  });

  it('takes inequalities for intervals in the answer only where it may', () => {
    expect(verdict('[-2, 7]', '-2 \\le x \\le 7', { relationsAsSets: false })).toBe('incorrect');
    expect(verdict('-2 \\le x \\le 7', '[-2, 7]', { relationsAsSets: false })).toBe('correct');
  });
});

describe('words', () => {
  it.each([
    ['\\text{odd}', 'odd'],
    ['\\text{(C)}', 'C'],
    ['\\text{Even}', 'even'],
    ['A', '\\textbf{A}'],
    ['\\text{e}', 'e'],
    ['\\text{no solution}', '\\text{No solution.}'],
  ])('%s is %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('correct');
  });

  it.each([
    ['\\text{odd}', '\\text{even}'],
    ['d', '\\text{E}'],
    ['A', 'B'],
    ['\\text{yes}', '5'],
    ['5', '\\text{yes}'],
  ])('%s is not %s', (gold, answer) => {
    expect(verdict(gold, answer)).toBe('incorrect');
  });
});

const small = fc.integer({ min: -50, max: 50 });
const formula = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    small.map(String),
    fc.constantFrom('x', 'y', '\\pi', '\\sqrt{2}'),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) + (${b})`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}) \\cdot (${b})`),
    tie('any').map((a) => `(${a})^2`),
    tie('any').map((a) => `-(${a})`),
  ),
})).any;

describe('properties', () => {
  it('says that everything is itself', () => {
    fc.assert(
      fc.property(formula, (one) => {
        expect(verdict(one, ` ${one} `)).toBe('correct');
      }),
    );
  });

  it('says the same in both directions', () => {
    fc.assert(
      fc.property(formula, formula, (one, other) => {
        expect(verdict(one, other)).toBe(verdict(other, one));
      }),
    );
  });

  it('sees that a number was added', () => {
    fc.assert(
      fc.property(formula, fc.integer({ min: 1, max: 9 }), (one, more) => {
        expect(verdict(one, `(${one}) + ${more}`)).toBe('incorrect');
        expect(verdict(one, `${more} + (${one}) - ${more}`)).toBe('correct');
      }),
    );
  });

  it('knows a fraction in every spelling, and a changed digit', () => {
    const spell: readonly ((numerator: bigint, denominator: bigint) => string)[] = [
      (n, d) => `\\frac{${n}}{${d}}`,
      (n, d) => `${n}/${d}`,
      (n, d) => `\\frac{${n * 6n}}{${d * 6n}}`,
      (n, d) => `-\\frac{${-n}}{${d}}`,
      (n, d) => `(${n}) \\div ${d}`,
      (n, d) => `${n} \\cdot ${d}^{-1}`,
      (n, d) => `\\frac{${100n * n}}{${d}}\\%`,
    ];
    const pick = fc.tuple(fc.constantFrom(...spell), fc.constantFrom(...spell));
    const fraction = fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.bigInt(1n, 10n ** 12n));
    fc.assert(
      fc.property(fraction, pick, ([n, d], [one, other]) => {
        expect(verdict(one(n, d), other(n, d))).toBe('correct');
        expect(verdict(one(n, d), other(n + 1n, d))).toBe('incorrect');
      }),
    );
  });

  it('finds sets equal in any order', () => {
    const items = fc.uniqueArray(small, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(items, fc.integer({ min: 60, max: 99 }), (numbers, other) => {
        expect(verdict(`\\{${numbers.join(', ')}\\}`, numbers.toReversed().join(', '))).toBe('correct');
        expect(verdict(`\\{${numbers.join(', ')}\\}`, [...numbers.slice(1), other].join(', '))).toBe('incorrect');
      }),
    );
  });
});
