import { describe, expect, it } from 'vitest';
import { fillPrompt, withoutThoughts } from './shown-text.ts';

describe('fillPrompt', () => {
  it('puts in what it knows and leaves the rest, once', () => {
    expect(fillPrompt('{a} \\boxed{b} {a}', { a: '{b}$&' })).toBe('{b}$& \\boxed{b} {b}$&');
  });

  it('knows no names that objects have by themselves', () => {
    expect(fillPrompt('{toString}', {})).toBe('{toString}');
  });
});

describe('withoutThoughts', () => {
  it.each([
    ['3', '3'],
    [' <think>a</think> 3 ', '3'],
    // The template opened the thought.
    ['a</think>3', '3'],
    ['<think>a</think>3<think>b</think>4', '4'],
    ['3 <think>cut', '3'],
    ['', ''],
  ])('%j says %j', (text, said) => {
    expect(withoutThoughts(text)).toBe(said);
  });
});
