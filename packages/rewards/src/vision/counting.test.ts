import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { countingConfig } from './counting.config.ts';
import { countingDefaults, countingReward } from './counting.ts';

testRewardFunction('counting', () => countingReward(), {
  correct: [
    request('<answer>4</answer>', '4'),
    request('There are four dogs.', '4'),
    request('4 dogs, one of them black.', 'four'),
    request('The answer is 1,200 birds.', '1200'),
    request('none', '0'),
  ],
  incorrect: [request('<answer>5</answer>', '4'), request('4.5', '4'), request('many', '4'), request('', '4')],
  unverifiable: [{ ...request('4'), task: task('count') }, request('4', 'many')],
});

describe('countingReward', () => {
  it('scores nearness where asked to', async () => {
    const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
    const reward = countingReward({ scoring: 'relative' });
    for (const [text, expected] of [
      ['8', 0.8],
      ['13', 0.7],
      ['40', 0],
      ['10', 1],
    ] as const) {
      expect((await reward(request(text, '10'), context)).score).toBeCloseTo(expected, 12);
    }
    expect((await reward(request('1', '0'), context)).score).toBe(0);
    expect(countingConfig.parse({})).toEqual(countingDefaults);
  });
});
