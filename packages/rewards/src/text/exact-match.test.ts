import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { exactMatchConfig } from './exact-match.config.ts';
import { exactMatchDefaults, exactMatchReward, isMatch } from './exact-match.ts';

testRewardFunction('exact_match', () => exactMatchReward(), {
  correct: [
    request('<answer>The Eiffel Tower.</answer>', 'eiffel tower'),
    request('So the answer is Paris.', '["Lutetia", "paris"]'),
    request('\\boxed{Paris}', 'Paris'),
  ],
  incorrect: [request('<answer>London</answer>', 'Paris'), request('', 'Paris')],
  unverifiable: [{ ...request('x'), task: task('no reference') }, request('x', ' ')],
});

describe('isMatch', () => {
  it.each([
    ['It is the tower', 'tower', 'contains', 'squad', true],
    ['Tower', 'tower', 'equal', 'none', false],
    ['  Tower ', 'tower', 'equal', 'lower', true],
    ['Tower!', 'tower', 'equal', 'lower', false],
    // Of "The" and "+" nothing is left, so that anything would contain them.
    ['anything', 'The', 'contains', 'squad', false],
    ['+', '+', 'equal', 'squad', true],
    ['-', '+', 'equal', 'squad', false],
  ] as const)('%j against %j, %s, %s: %j', (...row) => {
    const [answer, reference, match, normalize, expected] = row;
    expect(isMatch(answer, reference, { match, normalize })).toBe(expected);
  });

  it('has the defaults of its schema', () => {
    expect(exactMatchConfig.parse({})).toEqual(exactMatchDefaults);
  });
});
