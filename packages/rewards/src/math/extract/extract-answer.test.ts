import { describe, expect, it } from 'vitest';
import { mathVerifierDefaults, type MathVerifierOptions } from '../verifier-options.ts';
import { afterReasoning, answerCandidates } from './extract-answer.ts';

function candidates(text: string, options: Partial<MathVerifierOptions> = {}): string[] {
  return [...answerCandidates(text, { ...mathVerifierDefaults, ...options })].map(
    ({ source, text: found }) => `${source}: ${found.trim()}`,
  );
}
const first = (text: string, options?: Partial<MathVerifierOptions>): string | undefined =>
  candidates(text, options)[0];

describe('answerCandidates', () => {
  it.each([
    ['so \\boxed{24}.', 'boxed: 24'],
    ['\\boxed{7}? No, \\boxed{8}', 'boxed: 8'],
    ['\\fbox{ 3 }', 'boxed: 3'],
    ['\\boxed {\\frac{1}{2}}', 'boxed: \\frac{1}{2}'],
    ['\\boxed{\\text{so \\boxed{7}}}', 'boxed: \\text{so \\boxed{7}}'],
    ['\\boxed{\\{1, 2\\}}', 'boxed: \\{1, 2\\}'],
    ['\\boxed{\\boxed{7}', 'boxed: 7'],
    ['\\boxed 72', 'boxed: 72'],
    ['$\\boxed{28}$ percent', 'boxed: 28\\%'],
    ['\\\\boxed{840}', 'boxed: 840'],
    ['\\boxed{1}, then \\boxed{}', 'boxed: 1'],
  ])('boxes: %s', (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  it.each([
    ['\\boxed{1}, \\boxed{2} and \\boxed{3}', 'boxed: 1, 2, 3'],
    ['\\(\\boxed{1}\\) and \\(\\boxed{-2}\\).', 'boxed: 1, -2'],
    ['\\[ \\boxed{k = 4} \\quad \\text{and} \\quad \\boxed{n = 2} \\]', 'boxed: k = 4, n = 2'],
    ['\\boxed{3} pens and \\boxed{4} bins', 'boxed: 3, 4'],
    ['\\boxed{5} or \\boxed{5}', 'boxed: 5'],
    ['\\boxed{1} and so on \\boxed{2}', 'boxed: 2'],
    ['\\boxed{1} and then or thus but \\boxed{2}', 'boxed: 2'],
    ['\\boxed{1} is wrong and not \\boxed{2}', 'boxed: 2'],
    ['\\boxed{1}. Wait, \\boxed{2}', 'boxed: 2'],
  ])('joined boxes: %s', (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  it.each([
    ['steps\n#### 72', 'hash: 72'],
    ['#### 1\n#### 2\n', 'hash: 2'],
    ['48/2 = <<48/2=24>>24\n#### 24', 'hash: 24'],
  ])('hashes: %s', (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  it.each([
    ['The answer is 4', 'phrase: 4'],
    ['Final Answer: 42 apples.', 'phrase: 42 apples'],
    ['**Final answer:** $\\frac{1}{2}$.', 'phrase: \\frac{1}{2}'],
    ['### Answer:\n\n 3.5 liters. Done in 5 steps.', 'phrase: 3.5 liters'],
    ['answer is 1. No, the answer is 2.', 'phrase: 2'],
    ['The answer is 17, because 9 * 2 = 18.', 'phrase: 17'],
    ['The answer is therefore 3 + 4 = 7 apples', 'phrase: 3 + 4 = 7 apples'],
    ['The answer is $7$, which is prime.', 'phrase: 7'],
    ['The answer is $7$ or $8$.', 'phrase: 7, 8'],
    ['The answer is 7 or 8', 'phrase: 7 or 8'],
    ['Final Answer: The largest $n$ is 34.', 'phrase: 34'],
    ['Final Answer: The final answer is $(0, 1)$. I hope it is correct.', 'phrase: (0, 1)'],
    ['The answer is x^2 + 1.', 'phrase: x^2 + 1'],
    ['la réponse est (35 + 70 = 105).', 'phrase: (35 + 70 = 105)'],
    ['Réponse: elle doit encore 220 $', 'phrase: 220'],
    ['所以答案是：42。', 'phrase: 42'],
    ['La respuesta es 12.', 'phrase: 12'],
    ['La réponse est 3,5', 'phrase: 3.5'],
    ['The answer is 3,5', 'phrase: 3,5'],
  ])('phrases: %s', (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  it.each([
    ['So $x = 3$', 'formula: x = 3'],
    ['roots \\(2\\), and \\(3\\)', 'formula: 2, 3'],
    ['So \\[ \n 9 \n \\]', 'formula: 9'],
    ['we see $$ 5 $$ percent', 'formula: 5 \\%'],
    ['that is $\\frac{5}{6}$.', 'formula: \\frac{5}{6}'],
    ['that is \\frac{5}{6}.', 'formula: \\frac{5}{6}'],
    ['the angle is [ 90 ] .', 'formula: 90'],
    ['So she has -7 apples left', 'number: -7'],
    ['5 eggs - 3 eggs = 2', 'number: 2'],
    ['she pays $1,000.99 in all', 'number: $1,000.99'],
    ['he pays $5 and $6', 'number: $6'],
    ['a share of 13/28', 'number: 13/28'],
    ['a rate of 25%', 'number: 25%'],
    ['which is 1000,99€', 'number: 1000.99'],
    ['12000升/40升/分钟=300分钟。', 'number: 300'],
    ['we get 12, that is x^2 or a_1 or CO2', 'number: 12'],
    ['4 times 5x', 'number: 4'],
    ['2/3', 'number: 2/3'],
    ['100m2', 'number: 100'],
    ['2^3', 'whole: 2^3'],
    ['It is 0.5', 'number: 0.5'],
    ['\\boxed{7 is not closed', 'number: 7'],
  ])('without a phrase: %s', (text, expected) => {
    expect(first(text)).toBe(expected);
  });

  it('finds nothing where nothing is', () => {
    for (const text of ['', '   ', 'no idea', '\\boxed{', '🙂']) expect(candidates(text)).toEqual([]);
  });

  it('looks for what it is told to, in the order it is told', () => {
    const text = 'The final answer is 1, \\boxed{2}\n#### 3';
    expect(first(text)).toBe('boxed: 2');
    expect(first(text, { boxedPriority: 50 })).toBe('hash: 3');
    expect(first(text, { extract: ['latex', 'expr'], boxedPriority: 100 })).toBe('phrase: 1');
    expect(first(text, { extract: ['latex', 'expr'], boxedPriority: -1 })).toBe('phrase: 1');
    expect(candidates('the answer is 1', { extract: ['boxed', 'hash'] })).toEqual([]);
    expect(candidates('so 1', { unanchored: false })).toEqual([]);
    expect(first('the answer is 1', { extract: ['raw'] })).toBe('whole: the answer is 1');
    expect(first('first [30], then [$45$].', { extract: ['bracket', 'expr'] })).toBe('bracket: 45');
    expect(candidates('so 5 and $6$', { extract: ['latex'] })).toEqual(['formula: 6']);
    expect(candidates('so $5$ and 6', { extract: ['expr'] })[0]).toBe('number: 6');
  });

  it('prefers a final answer that is hoped to be correct to an earlier box, not to a later one', () => {
    expect(first('\\boxed{1} Final Answer: The final answer is $2$. I hope it is correct.')).toBe('phrase: 2');
    expect(first('Final Answer: The final answer is $2$. I hope it is correct. \\boxed{1}')).toBe('boxed: 1');
  });

  it('searches the end of a long response only', () => {
    expect(candidates(`\\boxed{1}${' so'.repeat(20_000)}`)).toEqual([]);
    expect(first(`${'so '.repeat(20_000)}\\boxed{1}`)).toBe('boxed: 1');
  });

  it.each([
    '$',
    '\\(',
    '\\[',
    '\\boxed{',
    'answer ',
    'final answer is ',
    '1 ',
    '1,',
    '$1 ',
    '[',
    ' [ ',
    '####',
    '\\frac',
    '-',
    '答案',
  ])('takes time in proportion to its length: %s over and over', (part) => {
    const text = part.repeat(Math.ceil(60_000 / part.length));
    const start = performance.now();
    let count = 0;
    for (const _ of answerCandidates(text, mathVerifierDefaults)) if (++count > 16) break;
    // A quadratic search would take minutes.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('afterReasoning', () => {
  it('is what follows the last delimiter', () => {
    expect(afterReasoning('a</think>b</think>c', ['</think>'])).toBe('c');
    expect(afterReasoning('a</think>b<answer>c', ['</think>', '<answer>'])).toBe('c');
    expect(afterReasoning('abc', ['</think>'])).toBeUndefined();
    expect(afterReasoning('abc', [])).toBe('abc');
  });
});
