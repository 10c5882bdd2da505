import { describe, expect, it } from 'vitest';
import { type AnswerSource, extractAnswer } from './extract-answer.ts';

const all: AnswerSource[] = ['boxed', 'hash', 'phrase', 'last'];
function extract(text: string, sources = all): string | undefined {
  const found = extractAnswer(text, sources);
  return found === undefined ? undefined : `${found.source}: ${found.written.trim()}`;
}

describe('extractAnswer', () => {
  it.each([
    ['so \\boxed{24}.', 'boxed: 24'],
    ['\\boxed{7}? No, \\boxed{8}', 'boxed: 8'],
    ['\\fbox{ 3 }', 'boxed: 3'],
    ['\\boxed {\\frac{1}{2}}', 'boxed: \\frac{1}{2}'],
    ['\\boxed{\\text{so \\boxed{7}}}', 'boxed: \\text{so \\boxed{7}}'],
    ['\\boxed{\\{1, 2\\}}', 'boxed: \\{1, 2\\}'],
    ['\\boxed{\\boxed{7}', 'boxed: 7'],
    ['\\boxed 72', 'boxed: 72'],
    ['\\boxed{1}, \\boxed{2} and \\boxed{3}', 'boxed: 1, 2, 3'],
    ['\\boxed{1} and so on \\boxed{2}', 'boxed: 2'],
    ['\\boxed{}', 'boxed: '],
  ])('boxes: %s', (text, expected) => {
    expect(extract(text)).toBe(expected);
  });

  it.each([
    ['steps\n#### 72', 'hash: 72'],
    ['#### 1\n#### 2\n', 'hash: 2'],
    ['48/2 = <<48/2=24>>24\n#### 24', 'hash: 24'],
  ])('hashes: %s', (text, expected) => {
    expect(extract(text)).toBe(expected);
  });

  it.each([
    ['The answer is 4', 'phrase: 4'],
    ['Final Answer: 42 apples.', 'phrase: 42 apples'],
    ['**Final answer:** $\\frac{1}{2}$.', 'phrase: $\\frac{1}{2}$'],
    ['### Answer:\n\n 3.5 liters. Done in 5 steps.', 'phrase: 3.5 liters'],
    ['answer is 1. No, the answer is 2.', 'phrase: 2'],
    ['The answer is 17, because 9 * 2 = 18.', 'phrase: 17'],
    ['The answer is therefore 3 + 4 = 7 apples', 'phrase: therefore 3 + 4 = 7 apples'],
    ['The answer is $7$, which is prime.', 'phrase: 7'],
  ])('phrases: %s', (text, expected) => {
    expect(extract(text)).toBe(expected);
  });

  it.each(['The answer is 7 or 8', 'The answer is 7, 8, 9', 'The answer is $7$ or $8$.', 'answer: from 3 to 5'])(
    'takes several answers for none: %s',
    (text) => {
      expect(extractAnswer(text, all)?.answer.kind).toBe('text');
    },
  );

  it.each([
    ['x = 3', 'last: 3'],
    ['So she has -7 apples left', 'last: -7'],
    ['5 - 3 = 2', 'last: 2'],
    ['from 5 to 3-2', 'last: 2'],
    ['it is = -3', 'last: -3'],
    ['she pays $1,000.99 in all', 'last: $1,000.99'],
    ['a share of 13/28', 'last: 13/28'],
    ['that is $\\frac{5}{6}$.', 'last: \\frac{5}{6}'],
    ['a rate of 25%', 'last: 25%'],
    ['we get 12, that is x^2 or a_1 or CO2', 'last: 12'],
    ['4 times 5x', 'last: 4'],
    ['He pays $5 and $6', 'last: $6'],
    ['\\boxed{7 is not closed', 'last: 7'],
  ])('last: %s', (text, expected) => {
    expect(extract(text)).toBe(expected);
  });

  it('finds nothing where nothing is', () => {
    for (const text of ['', '   ', 'no idea', '\\boxed{', '🙂']) expect(extract(text)).toBeUndefined();
  });

  it('asks only the sources it is given, in their order', () => {
    const text = 'the answer is 1, \\boxed{2}\n#### 3';
    expect(extract(text)).toBe('boxed: 2');
    expect(extract(text, ['hash', 'boxed'])).toBe('hash: 3');
    expect(extract('the answer is 1', ['boxed', 'hash'])).toBeUndefined();
  });

  it('searches the end of a long response only', () => {
    expect(extract(`\\boxed{1}${' so'.repeat(10_000)}`)).toBeUndefined();
    expect(extract(`${'so '.repeat(10_000)}\\boxed{1}`)).toBe('boxed: 1');
  });
});
