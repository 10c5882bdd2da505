import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAnswer, lastBoxed, lastTagged, type TextAnswerSource } from './find-answer.ts';

const find = (text: string, source: TextAnswerSource, reasoningDelimiter: string | null = null) =>
  findAnswer(text, { answerFrom: [source], reasoningDelimiter });

describe('findAnswer', () => {
  it.each<[TextAnswerSource, string, string | undefined]>([
    ['all', ' Paris ', 'Paris'],
    ['all', '  ', undefined],
    ['answer_tag', 'so <answer> Paris </answer>.', 'Paris'],
    ['answer_tag', '<answer>a</answer> no, <answer>b</answer>', 'b'],
    ['answer_tag', '<answer>a', undefined],
    ['answer_tag', '<answer>a <answer>b</answer>', 'a <answer>b'],
    ['boxed', '\\boxed{a} then \\boxed{\\text{b}}', '\\text{b}'],
    ['boxed', '\\boxed{a} then \\boxed{b', 'a'],
    ['boxed', '\\fbox{b}', 'b'],
    ['phrase', 'The answer is **Paris**.\nBye', 'Paris'],
    ['phrase', 'Answer: 1\nFinal answer： "2"', '2'],
    ['phrase', 'no', undefined],
    ['last_line', 'a\nb\n\n', 'b'],
  ])('%s: %j gives %j', (source, text, expected) => {
    expect(find(text, source)).toBe(expected);
  });

  it('takes the first source that finds one', () => {
    const options = { answerFrom: ['answer_tag', 'boxed', 'all'], reasoningDelimiter: null } as const;
    expect(findAnswer('\\boxed{1}', options)).toBe('1');
    expect(findAnswer('1 of 2', options)).toBe('1 of 2');
  });

  it('looks after the reasoning only, and finds nothing where that did not end', () => {
    expect(find('<think>\\boxed{1}</think>\\boxed{2}', 'boxed', '</think>')).toBe('2');
    expect(find('<think>\\boxed{1}', 'boxed', '</think>')).toBeUndefined();
  });
});

describe('lastBoxed', () => {
  it('gives back whatever balanced text was boxed', () => {
    const balanced = fc.stringMatching(/^[a-z ]{0,9}(\{[a-z]{0,5}\})?[a-z]{0,3}$/);
    fc.assert(
      fc.property(balanced, fc.stringMatching(/^[a-z }]{0,9}$/), (inside, around) => {
        expect(lastBoxed(`${around}\\boxed{${inside}}${around}`)).toBe(inside);
      }),
    );
  });

  it('takes the inner of nested boxes, and minds no stray braces', () => {
    expect(lastBoxed('\\boxed{\\boxed{1}}')).toBe('1');
    expect(lastBoxed('\\boxed{1}}}')).toBe('1');
    expect(lastBoxed('}\\boxed{1}')).toBe('1');
  });
});

describe('lastTagged', () => {
  it('reads as a lazy pattern does', () => {
    const piece = fc.constantFrom('<a>', '</a>', 'x', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect(lastTagged(text, 'a')).toBe([...text.matchAll(/<a>(.*?)<\/a>/gs)].at(-1)?.[1]);
      }),
    );
  });
});
