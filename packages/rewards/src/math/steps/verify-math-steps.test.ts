import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyMathSteps } from './verify-math-steps.ts';

describe('verifyMathSteps', () => {
  it('judges each step by its calculations', () => {
    const checked = verifyMathSteps('48/2 = 24 in May.\nSo 48 + 24 = 73 in all. We are done.');
    expect(checked).toEqual({
      steps: [
        { text: '48/2 = 24 in May.', verdict: 'correct', matchedGroundTruthStep: undefined },
        { text: 'So 48 + 24 = 73 in all.', verdict: 'incorrect', matchedGroundTruthStep: undefined },
        { text: 'We are done.', verdict: 'unverifiable', matchedGroundTruthStep: undefined },
      ],
      equationCount: 2,
      trueFraction: 0.5,
      referenceFraction: undefined,
      falseEquations: ['48+24=73'],
    });
  });

  it('checks every pair of a chain', () => {
    expect(verifyMathSteps('2 + 3 = 5 = 10 / 2')).toMatchObject({ equationCount: 2, trueFraction: 1 });
    expect(verifyMathSteps('$2 + 3 = 6 = 12 / 2$')).toMatchObject({ equationCount: 2, trueFraction: 0.5 });
  });

  it.each([
    ['nothing to see', 0],
    ['5 = 5', 0],
    ['x = 5', 0],
    ['x + 143 = 200', 0],
    ['12 = 3y', 0],
    ['5 = 20 / x', 0],
    ['$f(2) = 3 + 4$', 0],
    ['Let $A = 2 + 3$', 0],
    ['1+1=2, and 1+1=2, and again 1 + 1 = 2', 1],
    ['$\\frac{1}{2} + \\frac{1}{4} = \\frac{3}{4}$', 1],
    ['3 \\times 4 = 12', 1],
    ['.05 * 100 = 5', 1],
    ['10 / 3 = 3.33', 1],
    ['10 / 3 \u2248 3.3', 1],
    ['<<48/2=24>>', 1],
    ['$(x+1)^2 = x^2 + 2x + 1$', 1],
    ['$(x+1)^2 = x^2 + 1$', 0],
    ['$\\sqrt{50} = 5\\sqrt{2}$', 1],
    ['$\\sin^2 t + \\cos^2 t = 1$', 1],
    ['25% * 80 = 20', 1],
    ['$3 \\cdot 20 = 60 \\text{ minutes}$', 1],
  ])('finds what is true in %s', (text, count) => {
    expect(verifyMathSteps(text)).toMatchObject({ equationCount: count, trueFraction: count === 0 ? 0 : 1 });
  });

  it.each(['10 / 3 = 3', '10 / 3 = 3.3', '$\\sqrt{50} = 7$', '$2^{10} = 1000$', '7 * 8 = 54', '10 / 4 \u2248 2.4'])(
    'finds what is false in %s',
    (text) => {
      const { equationCount, trueFraction, steps } = verifyMathSteps(text);
      expect([equationCount, trueFraction, steps[0]?.verdict]).toEqual([1, 0, 'incorrect']);
    },
  );

  describe('against reference steps', () => {
    const reference = ['48/2 = <<48/2=24>>24 clips', '48+24=72', 'Then we are done'];
    const matched = (response: string, steps: readonly string[] = reference) => {
      const checked = verifyMathSteps(response, steps);
      return [checked.steps.map((step) => step.matchedGroundTruthStep), checked.referenceFraction];
    };

    it('finds them in any order of steps and operands', () => {
      expect(matched('24+48=72. 48/2=24.')).toEqual([[1, 0], 2 / 3]);
      expect(matched('48/2=24. 24+48=72. Then  we are DONE')).toEqual([[0, 1, 2], 1]);
    });

    it('takes true equations only', () => {
      expect(matched('48/2=25')).toEqual([[undefined], 0]);
      expect(matched('', [])).toEqual([[], 1]);
      expect(matched('')).toEqual([[], 0]);
    });

    it('uses each once', () => {
      expect(matched('1 + 1 = 2.\n1 + 1 = 2.', ['1 + 1 = 2', '1 + 1 = 2', '1 + 1 = 2'])).toEqual([[0, 1], 2 / 3]);
      expect(matched('1 + 1 = 2.\n1 + 1 = 2.', ['1 + 1 = 2'])).toEqual([[0, undefined], 1]);
    });

    it('takes another way to the same result, if nobody has the step itself', () => {
      expect(matched('12 + 12 = 24', ['48/2 = 24'])).toEqual([[0], 1]);
      expect(matched('12 + 12 = 24\n48 / 2 = 24', ['48/2 = 24'])).toEqual([[undefined, 0], 1]);
    });

    it('compares conditions and formulas as what they say', () => {
      expect(matched('$2x = 10$\nso $x = 5$', ['x = 5', '10 = 2x'])).toEqual([[1, 0], 1]);
      expect(matched('$y = x^2 - 1$', ['$(x-1)(x+1) = y$'])).toEqual([[0], 1]);
      expect(matched('$x = 4$', ['x = 5'])).toEqual([[undefined], 0]);
    });

    it('counts several steps in one sentence', () => {
      expect(matched('48/2=24, then 48+24=72, Then we are done')).toEqual([[0], 1]);
    });
  });

  it('takes sums of all numbers for what they are', () => {
    const integer = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(integer, integer, fc.integer({ min: -3, max: 3 }), (a, b, off) => {
        const shown = (value: number) => (value < 0 ? `(${value})` : String(value));
        const checked = verifyMathSteps(`So ${shown(a)} + ${shown(b)} = ${a + b + off}.`);
        expect([checked.equationCount, checked.trueFraction]).toEqual([1, off === 0 ? 1 : 0]);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['$', '\\[', '(', '1=', 'a=', '1 of ', '\\frac{', '9!=', '&=', 'x^', '-', '1 1/2 ', '\\left('])(
    'ends for nothing but %s',
    (part) => {
      for (const text of [part.repeat(8000), `$${part.repeat(8000)}$`, `$${part.repeat(2000)}1=1$`]) {
        expect(verifyMathSteps(text, [text]).steps.length).toBeGreaterThan(0);
      }
    },
  );

  it('looks at a bounded number of equations', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `${index}+1=${index + 1}`).join('; ');
    expect(verifyMathSteps(many, [many]).equationCount).toBe(200);
    const symbolic = Array.from({ length: 150 }, (_, index) => `$y_{${index}} = x^{${index}} + 1$`).join('\n');
    expect(verifyMathSteps(symbolic, symbolic.split('\n')).referenceFraction).toBeGreaterThan(0);
  });
});
