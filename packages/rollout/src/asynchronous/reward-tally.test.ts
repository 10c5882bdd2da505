import { describe, expect, it } from 'vitest';
import { createRewardTally } from './reward-tally.ts';

describe('createRewardTally', () => {
  it('adds up counts, and weighs means by the samples they are of', () => {
    const tally = createRewardTally();
    tally.add({
      'rewards/samples': 4,
      'rewards/correct': 1,
      'rewards/incorrect': 2,
      'rewards/unverifiable': 1,
      'rewards/timeouts': 1,
      'rewards/cache_hits': 0,
      'rewards/mean_score': 0.5,
      'timing/rewards/latency_ms_mean': 10,
      'timing/rewards/latency_ms_p95': 30,
      'timing/rewards/latency_ms_max': 30,
    });
    tally.add({
      'rewards/samples': 4,
      'rewards/correct': 1,
      'rewards/incorrect': 0,
      'rewards/unverifiable': 3,
      'rewards/timeouts': 3,
      'rewards/cache_hits': 3,
      'rewards/mean_score': 1,
      'timing/rewards/latency_ms_mean': 60,
      'timing/rewards/latency_ms_p95': 60,
      'timing/rewards/latency_ms_max': 60,
    });
    expect(tally.take()).toEqual({
      'rewards/samples': 8,
      'rewards/correct': 2,
      'rewards/incorrect': 2,
      'rewards/unverifiable': 4,
      'rewards/timeouts': 4,
      'rewards/cache_hits': 3,
      // (3 · 0.5 + 1 · 1) / 4 verified samples
      'rewards/mean_score': 0.625,
      // (4 · 10 + 1 · 60) / 5 samples that were scored
      'timing/rewards/latency_ms_mean': 20,
      'timing/rewards/latency_ms_max': 60,
    });
    expect(tally.take()).toEqual({});
  });

  it('keeps domains apart: one that a call lacks, or could verify nothing of, weighs nothing', () => {
    const tally = createRewardTally();
    tally.add({ 'rewards/math/correct': 2, 'rewards/math/mean_reward': 3, 'rewards/correct': 2 });
    tally.add({ 'rewards/code/correct': 1, 'rewards/code/mean_reward': -1, 'rewards/correct': 1 });
    tally.add({ 'rewards/math/correct': 0, 'rewards/math/unverifiable': 1, 'rewards/correct': 0 });
    expect(tally.take()).toEqual({
      'rewards/math/correct': 2,
      'rewards/math/mean_reward': 3,
      'rewards/math/unverifiable': 1,
      'rewards/code/correct': 1,
      'rewards/code/mean_reward': -1,
      'rewards/correct': 3,
    });
  });

  it('has a latency of 0 where every verdict was known from before', () => {
    const tally = createRewardTally();
    tally.add({ 'rewards/samples': 2, 'rewards/cache_hits': 2, 'timing/rewards/latency_ms_mean': 0 });
    expect(tally.take()).toMatchObject({ 'timing/rewards/latency_ms_mean': 0 });
  });
});
