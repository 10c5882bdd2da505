import { describe, expect, it } from 'vitest';
import { task } from '../testing/requests.ts';
import { goldAnswers } from './gold-answers.ts';

describe('goldAnswers', () => {
  it.each([
    ['Paris', undefined, ['Paris']],
    ['["Paris", "paris"]', undefined, ['Paris', 'paris']],
    ['[1, 2]', undefined, ['[1, 2]']],
    ['["a", 2]', undefined, ['["a", 2]']],
    ['["a"', undefined, ['["a"']],
    [undefined, { golden_answers: ['a', 'b'], answers: { text: ['b', 'c'] } }, ['a', 'b', 'c']],
    ['a', { target: 7, aliases: ['a', null, { x: 1 }] }, ['a', '7']],
    [undefined, { question: 'a' }, []],
  ])('%j with %j', (finalAnswer, extra, expected) => {
    expect(goldAnswers({ ...task('qa', finalAnswer), ...(extra !== undefined && { extra }) })).toEqual(expected);
  });
});
