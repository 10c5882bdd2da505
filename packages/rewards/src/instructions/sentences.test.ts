import { describe, expect, it } from 'vitest';
import { countSentences } from './sentences.ts';

describe('countSentences', () => {
  // Each number is what NLTK's Punkt for English gives.
  it.each([
    ['', 0],
    ['no stop', 1],
    ['One. Two! Three? Four', 4],
    ['Dr. Smith met Mrs. Jones at 3 p.m. on Friday.', 1],
    ['It costs 3.50 dollars. Pay now.', 2],
    ['We waited... and waited. Then it came.', 2],
    ['Really!!! Yes.', 2],
    ['He said "Stop." Then he left.', 2],
    ['Is it (yes?) so.', 2],
    ['1. First\n2. Second', 3],
    ['1. first 2. second', 1],
    ['Title\n\nText goes on\nwithout a stop', 1],
    ['J. K. Rowling wrote it.', 1],
    ['The U.S. is large. The U.K. is not.', 2],
    ['Use a list, e.g. this one.', 2],
    ['Done.\n"', 1],
    ['**Bold.** Text.', 2],
  ])('%j has %i', (text, expected) => {
    expect(countSentences(text)).toBe(expected);
  });
});
