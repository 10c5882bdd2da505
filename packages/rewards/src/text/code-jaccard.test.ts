import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { codeJaccardConfig } from './code-jaccard.config.ts';
import { codeJaccardDefaults, codeJaccardReward } from './code-jaccard.ts';

testRewardFunction('code_jaccard', () => codeJaccardReward(), {
  correct: [
    request('Here:\n```python\ndef f(x):\n  return x+1\n```\nDone.', 'def f(x): return x + 1'),
    request('x = 1', 'x=1'),
  ],
  incorrect: [request('print("no")', 'def f(x): return x + 1'), request('', 'x')],
  unverifiable: [{ ...request('x'), task: task('no reference') }],
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const score = async (options: Parameters<typeof codeJaccardReward>[0], one: RewardRequest) =>
  (await codeJaccardReward(options)(one, context)).score;

describe('codeJaccardReward', () => {
  it('counts tokens in common', async () => {
    // a, +, b and a, -, b: 2 of 4
    expect(await score({}, request('a+b', 'a - b'))).toBe(0.5);
    // runs of two: none in common
    expect(await score({ ngramSize: 2 }, request('a+b', 'a - b'))).toBe(0);
  });

  it('is NeMo-RL with words and the ratio of lengths', async () => {
    const options = { tokens: 'words', lengthRatio: true, codeBlock: false } as const;
    // {a, b} of {a, b, c, d}, and 3 of 7 characters
    expect(await score(options, request('A b', 'a b c d'))).toBeCloseTo((2 / 4) * (3 / 7), 12);
    expect(await score(options, request('A b ', 'a B'))).toBe(1);
  });

  it('reads the last block, also one that is not closed', async () => {
    expect(await score({}, request('```\nx\n```\nor\n```js\ny', 'y'))).toBe(1);
    expect(await score({}, request('```\nx\n```\nthat is all', 'x'))).toBe(1);
    expect(await score({}, request('```\nx\n```\nor\n```js\ny\n```\n', 'y'))).toBe(1);
  });

  it('has the defaults of its schema', () => {
    expect(codeJaccardConfig.parse({})).toEqual(codeJaccardDefaults);
  });
});
