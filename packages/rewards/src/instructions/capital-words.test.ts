import { describe, expect, it } from 'vitest';
import { countCapitalWords, isLowerCase, isUpperCase } from './capital-words.ts';

describe('countCapitalWords', () => {
  // Each number is what NLTK's word_tokenize with str.isupper gives.
  it.each([
    ['', 0],
    ['I AM HERE', 3],
    ["I'M HERE, IT'S OK, DON'T!", 8],
    ['TOP-TEN A/B U.S. 3D MP3s', 4],
    ['"HELLO," (YES) [NO]: 5', 3],
    ['CANNOT GONNA', 4],
    ['ÉTÉ ß 你好', 1],
  ])('%j has %i', (text, expected) => {
    expect(countCapitalWords(text)).toBe(expected);
  });
});

describe('case of a whole text', () => {
  it.each([
    ['ABC 1!', true, false],
    ['abc 1!', false, true],
    ['Abc', false, false],
    ['123', false, false],
    ['ǅ', false, false],
  ])('%j', (text, upper, lower) => {
    expect([isUpperCase(text), isLowerCase(text)]).toEqual([upper, lower]);
  });
});
