import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MathVerifierOptions } from './verifier-options.ts';
import { compareMath, verifyMathAnswer } from './verify-math-answer.ts';

const verdict = (response: string, gold: string, options?: Partial<MathVerifierOptions>) =>
  verifyMathAnswer(response, gold, options).verdict;

describe('verifyMathAnswer', () => {
  it.each([
    ['\\boxed{0.5}', '1/2'],
    ['\\boxed{\\frac{63}{400}}', '63/400'],
    ['\\boxed{2\\frac12}', '2.5'],
    ['\\boxed{1,000}', '1000'],
    ['\\boxed{1000}', '\\$1{,}000'],
    ['\\boxed{50\\%}', '0.5'],
    ['\\boxed{50}', '50\\%'],
    ['\\boxed{0.5}', '50\\%'],
    ['\\boxed{48/2}', '24'],
    ['\\boxed{24}', '48/2'],
    ['\\boxed{24}', 'x = 24'],
    ['\\boxed{24}', '\\boxed{24}'],
    ['\\boxed{24}', 'so it is\n#### 24'],
    ['\\boxed{0.3333333}', '\\frac13'],
    ['\\boxed{\\frac13}', '0.333333'],
    ['\\boxed{5 million}', '5000000'],
    ['\\boxed{10/3 = 3.33}', '10/3'],
    ['\\boxed{ x+1 }', 'x + 1'],
    ['\\boxed{(C)}', 'C'],
  ])('%s is %s', (response, gold) => {
    expect(verdict(response, gold)).toBe('correct');
  });

  it.each([
    ['\\boxed{0.333}', '\\frac13'],
    ['\\boxed{0.000000}', '10^{-20}'],
    ['\\boxed{10^{-20}}', '0'],
    ['\\boxed{10^{20}+1}', '10^{20}'],
    ['\\boxed{28\\%}', '0.28\\%'],
    ['\\boxed{28}', '0.28'],
    ['\\boxed{8 = 7}', '7'],
    ['\\boxed{7, 8}', '7'],
    ['\\boxed{7}, \\boxed{8}', '8'],
    ['\\boxed{\\frac{0}{0}}', '0'],
    ['The ground truth is 7. My final answer is \\boxed{8}', '7'],
    ['\\boxed{D}', 'C'],
  ])('%s is not %s', (response, gold) => {
    expect(verdict(response, gold)).toBe('incorrect');
  });

  it('compares exactly where asked to', () => {
    expect(verdict('\\boxed{0.3333333}', '1/3', { decimalPlaces: null })).toBe('incorrect');
    expect(verdict('\\boxed{0.333}', '1/3', { decimalPlaces: 3 })).toBe('correct');
    expect(verdict('\\boxed{50}', '50\\%', { percentReadings: 'fraction' })).toBe('incorrect');
  });

  it('counts only what follows the reasoning, when told so', () => {
    const options = { reasoningDelimiters: ['</think>'] };
    expect(verdict('<think>\\boxed{24}</think> it is \\boxed{25}', '24', options)).toBe('incorrect');
    expect(verdict('<think>\\boxed{25}</think> it is \\boxed{24}', '24', options)).toBe('correct');
    const missing = verifyMathAnswer('\\boxed{24}', '24', options);
    expect([missing.verdict, missing.reasons]).toEqual(['incorrect', ['no answer: "</think>" is missing']]);
  });

  it('agrees with itself for every number in every spelling', () => {
    const wrap = fc.constantFrom<(text: string) => string>(
      (text) => `\\boxed{${text}}`,
      (text) => `so\n#### ${text}`,
      (text) => `The answer is ${text}.`,
      (text) => `\\boxed{${text}\\text{ apples}}`,
      (text) => `\\boxed{x = ${text}}`,
    );
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 9999 }), wrap, (numerator, denominator, write) => {
        const spellings = [`${numerator}/${denominator}`, `\\frac{${numerator}}{${denominator}}`];
        for (const gold of spellings) {
          for (const written of spellings) {
            expect(verdict(write(written), gold)).toBe('correct');
            expect(verdict(write(written), `${numerator + 1}/${denominator}`)).toBe('incorrect');
          }
        }
      }),
    );
  });

  it('says what it found, how, and what decided', () => {
    expect(verifyMathAnswer('So $x = \\frac{2}{4}$.', '0.5')).toEqual({
      verdict: 'correct',
      answer: 'x = \\frac{2}{4}',
      source: 'formula',
      answerExpression: 'x = 2/4',
      referenceExpression: '0.5',
      tier: 'exact',
      reasons: ['x = 2/4 equals the reference 0.5'],
    });
    const tiers = (gold: string, answer: string) => compareMath(gold, answer).tier;
    expect(tiers('x + 1', 'x+1')).toBe('text');
    expect(tiers('1/3', '0.333333')).toBe('decimal');
    expect(tiers('\\sqrt{8}', '2\\sqrt{2}')).toBe('numeric');
    expect(tiers('2x', 'x + x')).toBe('symbolic');
  });

  it('tells an unreadable reference from an unreadable answer', () => {
    expect(verifyMathAnswer('\\boxed{x +}', '7')).toMatchObject({
      verdict: 'incorrect',
      answer: 'x +',
      source: 'boxed',
    });
    expect(verifyMathAnswer('\\boxed{7}', 'x +')).toMatchObject({
      verdict: 'unverifiable',
      referenceExpression: undefined,
    });
    expect(verifyMathAnswer('\\boxed{x +}', 'x +').verdict).toBe('correct');
    expect(verifyMathAnswer('\\boxed{7}', ' ')).toMatchObject({ verdict: 'unverifiable', tier: undefined });
  });

  it('takes the last box for final, readable or not', () => {
    expect(verdict('\\boxed{7}, or rather \\boxed{?!}', '7')).toBe('incorrect');
    expect(verdict('It is 7. \\boxed{\\text{no idea}}', '7')).toBe('incorrect');
  });

  it('goes on to the next formula where one cannot be read or is a name in passing', () => {
    expect(verdict('So $x = 5$ for all $n$.', '5')).toBe('correct');
    expect(verdict('So $x = 5$ as $\\to$ shows.', '5')).toBe('correct');
    expect(verdict('So $x = 5$ as $7$ shows.', '5')).toBe('incorrect');
  });

  it('takes words for an answer where the reference is words', () => {
    expect(verdict('The answer is yes.', '\\text{Yes}')).toBe('correct');
    expect(verdict('The answer is no.', '\\text{Yes}')).toBe('incorrect');
    expect(verdict('The answer is unclear, about 5.', '5')).toBe('correct');
  });

  it('reads references in sentences', () => {
    expect(verdict('\\boxed{5}', 'The answer is $5$.')).toBe('correct');
    expect(verdict('\\boxed{5}', 'We get $x = 5$ and so the sum of all of them is 7.')).toBe('incorrect');
    expect(verdict('\\boxed{5}', 'So $x$ must be $3$, hence \\boxed{5}.')).toBe('correct');
    expect(verdict('\\boxed{125}', '$125$ miles')).toBe('correct');
  });

  it('compares options and strings by name', () => {
    expect(verdict('I think the answer is (C), not A', 'C Cecile', { extract: ['choice'] })).toBe('correct');
    expect(verdict('The answer is B', 'C', { extract: ['choice'] })).toBe('incorrect');
    const strings = { extract: ['string'] as const, strings: ['yes', 'no'] };
    expect(verdict('The answer is YES.', 'yes', strings)).toBe('correct');
    expect(verdict('The answer is YES.', 'yes', { ...strings, ignoreCase: false })).toBe('incorrect');
  });

  it('bears hostile answers', () => {
    for (const text of [
      '\0',
      '\ud800',
      '\\'.repeat(5000),
      '{'.repeat(5000),
      '\\frac'.repeat(3000),
      '('.repeat(9000),
      '^'.repeat(9000),
    ]) {
      expect(['incorrect', 'unverifiable']).toContain(verdict(`\\boxed{${text}}`, '7'));
      expect(['incorrect', 'unverifiable']).toContain(verdict('\\boxed{7}', text));
    }
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 50 }), (response, gold) => {
        expect(['correct', 'incorrect', 'unverifiable']).toContain(verdict(response, gold));
      }),
    );
    const sign = fc.constantFrom(
      '\\frac',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '1',
      'x',
      '=',
      '<',
      ',',
      '\\pm',
      '\\cup',
      '\\infty',
      '^',
      '_',
      '!',
      '%',
      '\\int',
      '\\sum',
      'and',
      '|',
      '\\{',
      '\\}',
      '-',
    );
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 25 }), fc.array(sign, { maxLength: 25 }), (one, other) => {
        expect(['correct', 'incorrect', 'unverifiable']).toContain(compareMath(one.join(' '), other.join(' ')).verdict);
      }),
      { numRuns: 500 },
    );
  });
});

const gsm8k = ['train', 'test'].map((split) =>
  fileURLToPath(new URL(`../../../../../shared/data/gsm8k_${split}.jsonl.gz`, import.meta.url)),
);
describe.skipIf(!gsm8k.every((file) => existsSync(file)))('GSM8K (../shared/data)', () => {
  it('confirms all 8792 solutions and refuses their neighbours', () => {
    const lines = gsm8k.flatMap((file) => gunzipSync(readFileSync(file)).toString().trim().split('\n'));
    const solutions = lines.map((line) => (JSON.parse(line) as { answer: string }).answer);
    const missed = solutions.filter((solution) => {
      const gold = solution.split('####')[1]!.trim();
      const number = BigInt(gold.replaceAll(',', ''));
      return (
        verdict(solution, gold) !== 'correct' ||
        verdict(solution, String(number + 1n)) !== 'incorrect' ||
        verdict(solution, String(number - 1n)) !== 'incorrect' ||
        verdict(`The answer is ${gold}.`, String(number)) !== 'correct'
      );
    });
    expect([solutions.length, missed]).toEqual([8792, []]);
  });
});
