import { describe, expect, it } from 'vitest';
import { findEnd } from './find-end.ts';

// Each token is a letter: 0 = a.
const tokenizer = {
  decode: (tokens: ArrayLike<number>) => Array.from(tokens, (token) => String.fromCharCode(97 + token)).join(''),
};
const of = (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 97);
const end = (text: string, stopStrings: string[], eos = '') =>
  findEnd(of(text), { stopStrings, eosTokenIds: of(eos), tokenizer });

describe('findEnd', () => {
  it.each([
    [
      { text: 'abcdef', stops: ['cd'], eos: '' },
      { length: 4, reason: 'stop' },
    ],
    [
      { text: 'abcdef', stops: ['cd', 'bc'], eos: '' },
      { length: 3, reason: 'stop' },
    ],
    [
      { text: 'abcdef', stops: ['ef'], eos: 'c' },
      { length: 3, reason: 'eos' },
    ],
    [
      { text: 'abcdef', stops: ['bc'], eos: 'c' },
      { length: 3, reason: 'eos' },
    ],
    [
      { text: 'abcdef', stops: ['ab'], eos: 'f' },
      { length: 2, reason: 'stop' },
    ],
    [{ text: 'abcdef', stops: ['x'], eos: 'y' }, undefined],
    [
      { text: 'a', stops: ['a'], eos: '' },
      { length: 1, reason: 'stop' },
    ],
    [{ text: '', stops: ['a'], eos: 'a' }, undefined],
  ])('%j', ({ text, stops, eos }, expected) => {
    expect(end(text, stops, eos)).toEqual(expected);
  });
});
