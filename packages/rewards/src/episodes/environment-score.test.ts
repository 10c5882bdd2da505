import { describe, expect, it } from 'vitest';
import { request } from '../testing/requests.ts';
import { environmentScoreConfig } from './environment-score.config.ts';
import { environmentScoreReward } from './environment-score.ts';

const context = { signal: new AbortController().signal, deadline: 0 };
const score = (turnScores: readonly (number | null)[] | undefined, options: object = {}) =>
  environmentScoreReward(environmentScoreConfig.parse(options))(
    { ...request('done'), ...(turnScores !== undefined && { turnScores }) },
    context,
  );

describe('environmentScoreReward', () => {
  it.each([
    ['sum', 1],
    ['last', 0.75],
    ['mean', 0.5],
    ['max', 0.75],
  ])('makes one score of those of the turns: %s', async (aggregate, expected) => {
    const result = await score([0.25, null, 0.75], { aggregate });
    expect(result).toMatchObject({ score: expected, stepScores: [0.25, null, 0.75] });
    expect(result.verdict).toBe(expected >= 1 ? 'correct' : 'incorrect');
  });

  it.each([[undefined], [[]], [[null, null]], [[1, Number.NaN]]])('cannot tell of %j', async (turnScores) => {
    expect(await score(turnScores)).toMatchObject({ verdict: 'unverifiable', score: null });
  });

  it('is correct from where it is told to be', async () => {
    expect((await score([0.5], { correctAt: 0.5 })).verdict).toBe('correct');
    expect((await score([-1])).verdict).toBe('incorrect');
  });
});
