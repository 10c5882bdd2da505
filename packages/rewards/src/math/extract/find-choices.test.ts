import { describe, expect, it } from 'vitest';
import { findChoice } from './find-choices.ts';

const letters = ['A', 'B', 'C', 'D'];

describe('findChoice', () => {
  it.each([
    ['The answer is B.', 'B'],
    ['It is not A, so I think it is C', 'C'],
    ['The answer is surely D, it cannot be A or B', 'D'],
    ['Answer: (C) Cecile, not A', 'C'],
    ['D. it cannot be A or B', 'D'],
    ['Reasoning about A.\nB. because', 'B'],
    ['so \\boxed{C}', 'C'],
    ['so $\\boxed{\\text{(B) 12}}$. A is wrong', 'B'],
    ['**B**', 'B'],
    ['A is wrong, D is right', 'D'],
    ['答案是 C', 'C'],
    ['答案：D。不是 A', 'D'],
    ['B不是 A', 'B'],
    ['The final answer, after all of this, is A. Not B', 'A'],
  ])('%s', (text, expected) => {
    expect(findChoice(text, letters)).toBe(expected);
  });

  it('takes whole words only', () => {
    expect(findChoice('ABC and Dad and X-Axis', letters)).toBeUndefined();
    expect(findChoice('', letters)).toBeUndefined();
    expect(findChoice('B', [])).toBeUndefined();
  });

  it('takes any strings, longest first, and regular expressions literally', () => {
    expect(findChoice('The answer is not sure', ['sure', 'not sure'])).toBe('not sure');
    expect(findChoice('answer: c++', ['c', 'c++'])).toBe('c++');
    expect(findChoice('answer: YES', ['yes', 'no'], { ignoreCase: true })).toBe('YES');
    expect(findChoice('answer: YES', ['yes', 'no'])).toBeUndefined();
  });

  it('needs a phrase where it is told so', () => {
    expect(findChoice('I think B', letters, { anchored: true })).toBeUndefined();
    expect(findChoice('answer B', letters, { anchored: true })).toBe('B');
  });
});
