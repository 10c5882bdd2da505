import type { GroupFilter, RewardResult } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { isFilteredOut } from './group-filter.ts';

const results = (...scores: (number | null)[]): RewardResult[] =>
  scores.map((score) => ({ verdict: score === null ? 'unverifiable' : 'incorrect', score, parts: {}, reasons: [] }));

const mean: GroupFilter = { type: 'mean_filter', thresholdDown: 0.1, thresholdUp: 0.95 };
const std: GroupFilter = { type: 'std_filter', stdThreshold: 0.5 };

/** A filter, and whether it leaves the group out. */
type Rule = readonly [GroupFilter | undefined, boolean];

describe('isFilteredOut', () => {
  it.each<[string, (number | null)[], Rule]>([
    ['no rule', [1, 1], [undefined, false]],
    ['a mean between', [1, 0], [mean, false]],
    ['a mean on the lower bound', [0.2, 0], [mean, true]],
    ['a mean on the upper bound', [1, 0.9], [mean, true]],
    ['unverifiable samples aside', [1, 0, null], [mean, false]],
    ['no verified sample', [null, null], [mean, true]],
    ['equal scores', [1, 1], [std, true]],
    // The sample deviation of 0 and 1 is 0.707, the population deviation 0.5.
    ['a spread above the threshold', [0, 1], [std, false]],
    ['a single sample', [1, null], [std, true]],
    ['an empty group', [], [std, true]],
  ])('with %s', (_, scores, [filter, expected]) => {
    expect(isFilteredOut({ results: results(...scores), ...(filter && { filter }) })).toBe(expected);
  });
});
