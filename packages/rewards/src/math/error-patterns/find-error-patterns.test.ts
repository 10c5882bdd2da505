import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expression } from '../expression/expression.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import { type ErrorPattern, errorPatternMeanings } from './error-pattern.ts';
import { findErrorPatterns } from './find-error-patterns.ts';
import { responsePatterns } from './response-patterns.ts';

function read(text: string): Expression {
  const parsed = parseExpression(text);
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem}`);
  return parsed.expression;
}
const patterns = (answer: string, gold: string) => findErrorPatterns(read(answer), read(gold));

/** Per pattern: what shows it, and near misses that do not. */
const cases: Readonly<
  Partial<Record<ErrorPattern, { yes: readonly [string, string][]; no: readonly [string, string][] }>>
> = {
  sign_flipped: {
    yes: [
      ['-4', '4'],
      ['\\frac{1}{3}', '-\\frac13'],
      ['1 - \\sqrt{2}', '\\sqrt{2} - 1'],
      ['y - x', 'x - y'],
      ['x = -3', '3'],
    ],
    no: [
      ['-4', '5'],
      ['0', '4'],
      ['x + y', 'x - y'],
      ['(1, -2)', '(-1, 2)'],
    ],
  },
  reciprocal: {
    yes: [
      ['\\frac{3}{2}', '\\frac23'],
      ['0.25', '4'],
      ['\\frac{\\sqrt{2}}{2}', '\\sqrt{2}'],
      ['\\frac{b}{a}', '\\frac{a}{b}'],
    ],
    no: [
      ['\\frac{3}{4}', '\\frac23'],
      ['0', '1'],
      ['-\\frac{3}{2}', '\\frac23'],
    ],
  },
  factor_2: {
    yes: [
      ['8', '4'],
      ['\\pi', '2\\pi'],
      ['x^2', '\\frac{x^2}{2}'],
    ],
    no: [
      ['9', '4'],
      ['0', '4'],
      ['x^2', 'x'],
    ],
  },
  factor_10: {
    yes: [
      ['40', '4'],
      ['0.5', '5'],
    ],
    no: [
      ['41', '4'],
      ['400', '4'],
    ],
  },
  factor_100: {
    yes: [
      ['4', '400'],
      ['12.5', '0.125'],
    ],
    no: [['4', '40']],
  },
  factor_1000: { yes: [['5', '5000']], no: [['5', '500']] },
  percent_or_fraction: {
    yes: [
      ['25', '0.25'],
      ['0.28\\%', '0.28'],
      ['\\frac{1}{4}', '25'],
      ['0.28\\%', '28\\%'],
    ],
    no: [
      ['4', '400'],
      ['26', '0.25'],
      ['30\\%', '28\\%'],
    ],
  },
  off_by_one: {
    yes: [
      ['5', '4'],
      ['-1', '0'],
      ['n', 'n + 1'],
      ['2^{10} - 1', '1024'],
    ],
    no: [
      ['1.5', '0.5'],
      ['6', '4'],
      ['\\pi + 1', '\\pi'],
      ['n + 2', 'n'],
    ],
  },
  rounding_only: {
    yes: [
      ['3.14', '\\pi'],
      ['0.333', '\\frac13'],
      ['0.66', '\\frac23'],
      ['\\frac13', '0.33'],
      ['-1.41', '-\\sqrt{2}'],
      ['1234', '1234.4'],
    ],
    no: [
      ['3.15', '\\pi'],
      ['3', '\\pi'],
      ['0.34', '\\frac13'],
      ['0.00', '0.001'],
      ['2', '\\frac{5}{2}'],
    ],
  },
  degrees_or_radians: {
    yes: [
      ['30', '\\frac{\\pi}{6}'],
      ['\\frac{\\pi}{2}', '90'],
    ],
    no: [
      ['60', '\\frac{\\pi}{6}'],
      ['180', '1'],
    ],
  },
  forgotten_square: {
    yes: [
      ['3', '9'],
      ['x + 1', 'x^2 + 2x + 1'],
      ['\\sqrt{2}', '2'],
    ],
    no: [
      ['9', '3'],
      ['3', '10'],
      ['0', '9'],
    ],
  },
  forgotten_square_root: {
    yes: [
      ['9', '3'],
      ['x^2 + 2x + 1', 'x + 1'],
    ],
    no: [
      ['3', '9'],
      ['10', '3'],
    ],
  },
  unit_only: {
    yes: [['5 \\text{ m}', '5 \\text{ cm}']],
    no: [
      ['6 \\text{ m}', '5 \\text{ cm}'],
      ['6', '5'],
    ],
  },
  one_of_several_roots: {
    yes: [
      ['2', '2, 3'],
      ['x = 2', '\\{2, -2\\}'],
      ['\\sqrt{2}', '\\pm \\sqrt{2}'],
      ['3', 'x = 3 \\text{ or } x = 4'],
    ],
    no: [
      ['5', '2, 3'],
      ['2, 3', '2, 3, 4'],
      ['2, 3', '3, 2'],
    ],
  },
  missing_root: {
    yes: [
      ['2, 3', '2, 3, 4'],
      ['\\{1, 2\\}', '\\{1, 2, 3\\}'],
    ],
    no: [
      ['2', '2, 3'],
      ['2, 5', '2, 3, 4'],
    ],
  },
  extra_root: {
    yes: [
      ['7, 8', '7'],
      ['\\{1, 2, 3\\}', '\\{3, 1\\}'],
      ['\\pm 3', '3'],
    ],
    no: [
      ['7, 8', '6'],
      ['1, 2', '2, 1'],
    ],
  },
  interval_end: {
    yes: [
      ['[0, 1)', '[0, 1]'],
      ['(0, 1)', '[0, 1]'],
      ['x < 2', 'x \\le 2'],
      ['(0, 1) \\cup (2, 3]', '(0, 1) \\cup (2, 3)'],
      ['0 < x < 1', '0 \\le x < 1'],
    ],
    no: [
      ['[0, 2)', '[0, 1]'],
      ['x > 2', 'x < 2'],
      ['x > 2', 'x \\le 2'],
      ['[0, 1) \\cup (5, 6)', '[0, 1] \\cup (2, 3)'],
    ],
  },
  tuple_order: {
    yes: [
      ['(1, 2)', '(2, 1)'],
      ['(1, 2, 3)', '(3, 1, 2)'],
      ['\\begin{pmatrix}1\\\\2\\end{pmatrix}', '\\begin{pmatrix}2\\\\1\\end{pmatrix}'],
    ],
    no: [
      ['(1, 3)', '(2, 1)'],
      ['(1, 1)', '(1, 2)'],
      ['(1, 2)', '(1, 2, 1)'],
    ],
  },
};

describe('findErrorPatterns', () => {
  describe.each(Object.entries(cases))('%s', (name, { yes, no }) => {
    it.each(yes)('%s for %s', (answer, gold) => {
      expect(patterns(answer, gold)).toContain(name);
    });

    it.each(no)('not %s for %s', (answer, gold) => {
      expect(patterns(answer, gold)).not.toContain(name);
    });
  });

  it('finds several at once, and none for what is only wrong', () => {
    expect(patterns('4', '2')).toEqual(['factor_2', 'forgotten_square_root']);
    expect(patterns('9', '4')).toEqual([]);
    expect(patterns('x + 5', 'y')).toEqual([]);
    expect(patterns('\\text{even}', '4')).toEqual([]);
  });

  it('knows wrong numbers by how they were made', () => {
    const number = fc.integer({ min: 3, max: 10_000 });
    fc.assert(
      fc.property(number, number, (top, bottom) => {
        const gold = `\\frac{${top}}{${bottom}}`;
        expect(patterns(`-\\frac{${top}}{${bottom}}`, gold)).toContain('sign_flipped');
        if (top !== bottom) expect(patterns(`\\frac{${bottom}}{${top}}`, gold)).toContain('reciprocal');
        expect(patterns(`\\frac{${10 * top}}{${bottom}}`, gold)).toContain('factor_10');
        expect(patterns(String(top + 1), String(top))).toContain('off_by_one');
        expect(patterns(String(top ** 2), String(top))).toContain('forgotten_square_root');
      }),
      { numRuns: 50 },
    );
  });
});

describe('responsePatterns', () => {
  const found = (text: string, answer?: string, needsBox = false) =>
    responsePatterns({ text, answer, gold: read('24'), needsBox });

  it.each<[text: string, answer: { text?: string; needsBox?: boolean }, ErrorPattern[]]>([
    ['', {}, ['no_final_answer']],
    ['I do not know', { needsBox: true }, ['no_final_answer']],
    ['So it is 25', { needsBox: true }, ['missing_box']],
    ['So it is 24', { needsBox: true }, ['missing_box', 'right_number_not_final']],
    ['So \\boxed{25', { needsBox: true }, ['unclosed_box']],
    ['48/2 = 24 and then \\boxed{25}', { text: '25' }, ['right_number_not_final']],
    ['Half is $\\frac{48}{2}$, so \\boxed{25}', { text: '25' }, ['right_number_not_final']],
    ['Half is $48/2 = 24$, so \\boxed{25}', { text: '25' }, ['right_number_not_final']],
    ['It is 240, so \\boxed{25}', { text: '25' }, []],
    ['\\boxed{25}', { text: '25', needsBox: true }, []],
  ])('%j with the answer %j', (text, { text: answer, needsBox = false }, expected) => {
    expect(found(text, answer, needsBox)).toEqual(expected);
  });

  it('has a meaning for every pattern, and tests', () => {
    const tested = [...Object.keys(cases), 'right_number_not_final', 'no_final_answer', 'missing_box', 'unclosed_box'];
    expect(tested.toSorted()).toEqual(Object.keys(errorPatternMeanings).toSorted());
  });
});
