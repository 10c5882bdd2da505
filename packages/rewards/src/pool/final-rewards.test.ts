import { describe, expect, it } from 'vitest';
import { rewardsConfig } from '../rewards.config.ts';
import { type DomainScore, finalRewards } from './final-rewards.ts';

const config = (normalize: string, rewardClip: unknown = null) =>
  rewardsConfig.parse({
    domains: {
      a: { tags: ['a'], rewards: { answer: { type: 'math_rule' } }, normalize },
      b: { tags: ['b'], rewards: { answer: { type: 'math_rule' } } },
    },
    rewardClip,
  });
const scores: DomainScore[] = [
  { domain: 0, score: 1 },
  { domain: 1, score: 5 },
  { domain: 0, score: null },
  { domain: 0, score: 3 },
];

describe('finalRewards', () => {
  it('leaves scores as they are', () => {
    expect(finalRewards(scores, config('none'))).toEqual([1, 5, null, 3]);
  });

  it('centres a domain over its verified samples', () => {
    expect(finalRewards(scores, config('center'))).toEqual([-1, 5, null, 1]);
  });

  it('standardizes with the sample deviation', () => {
    const [first, other, none, last] = finalRewards(scores, config('standardize'));
    expect(first).toBeCloseTo(-Math.SQRT1_2, 5);
    expect(last).toBeCloseTo(Math.SQRT1_2, 5);
    expect([other, none]).toEqual([5, null]);
  });

  it('stays finite for equal scores, one sample and none', () => {
    expect(
      finalRewards(
        [
          { domain: 0, score: 2 },
          { domain: 0, score: 2 },
        ],
        config('standardize'),
      ),
    ).toEqual([0, 0]);
    expect(finalRewards([{ domain: 0, score: 2 }], config('standardize'))).toEqual([0]);
    expect(finalRewards([{ domain: 0, score: null }], config('standardize'))).toEqual([null]);
    expect(finalRewards([], config('standardize'))).toEqual([]);
  });

  it('weighs a domain after normalising it', () => {
    const weighted = { ...config('standardize'), rewardWeights: { a: 0.6, b: 0.1 } };
    const [first, other, none, last] = finalRewards(scores, weighted);
    expect(first).toBeCloseTo(-0.6 * Math.SQRT1_2, 5);
    expect(other).toBe(0.5);
    expect(none).toBeNull();
    expect(last).toBeCloseTo(0.6 * Math.SQRT1_2, 5);
    expect(finalRewards(scores, { ...weighted, rewardClip: { min: -0.2, max: 0.2 } })).toEqual([-0.2, 0.2, null, 0.2]);
  });

  it('clips last', () => {
    expect(finalRewards(scores, config('none', 2))).toEqual([1, 2, null, 2]);
    expect(finalRewards(scores, config('none', { min: 2, max: 4 }))).toEqual([2, 4, null, 3]);
    expect(finalRewards(scores, config('center', 0.5))).toEqual([-0.5, 0.5, null, 0.5]);
  });
});
