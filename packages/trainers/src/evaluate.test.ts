import type { RewardResult, ScoredGroup } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { evaluationMetrics, partMetrics } from './evaluate.ts';

const answer = (verdict: RewardResult['verdict'], score: number | null): RewardResult => ({
  verdict,
  score,
  parts: { math_rule: score },
  reasons: [],
});
// An answer without a verdict is one that was cut off.
const group = (tag: string, difficulty: number, result: RewardResult): ScoredGroup => ({
  task: { id: tag, tag, difficulty, messages: [] },
  trajectories: [
    {
      taskId: tag,
      tag,
      sampleIndex: 0,
      tokens: Int32Array.of(1, 2, 3),
      promptLength: 1,
      lossMask: Uint8Array.of(0, 1, 1),
      rolloutLogProbs: new Float32Array(3),
      policyVersions: new Int32Array(3),
      stopReason: result.verdict === 'unverifiable' ? 'length' : 'eos',
      turns: [],
      responseText: '',
    },
  ],
  results: [result],
  rewards: [result.score],
});

const groups = [
  group('add', 1, answer('correct', 1)),
  group('add', 2, answer('incorrect', 0)),
  group('mul', 2, answer('unverifiable', null)),
  group('mul', 2, answer('correct', 1)),
];

describe('evaluationMetrics', () => {
  it('counts right answers overall, by tag and by difficulty', () => {
    expect(evaluationMetrics(groups)).toEqual({
      'eval/accuracy': 0.5,
      'eval/score_mean': 2 / 3,
      'eval/reward_mean': 2 / 3,
      'eval/unverifiable_fraction': 0.25,
      'eval/truncated_fraction': 0.25,
      'eval/response_length_mean': 2,
      'eval/add/accuracy': 0.5,
      'eval/mul/accuracy': 0.5,
      'eval/difficulty_1/accuracy': 1,
      'eval/difficulty_2/accuracy': 1 / 3,
    });
  });

  it('tells the scores of rewards that were standardised', () => {
    const standardised = groups.slice(0, 2).map((one, index) => ({ ...one, rewards: [index === 0 ? 0.7 : -0.7] }));
    expect(evaluationMetrics(standardised)).toMatchObject({ 'eval/score_mean': 0.5, 'eval/reward_mean': 0 });
  });

  it('is zero, not NaN, over nothing', () => {
    expect(evaluationMetrics([])['eval/accuracy']).toBe(0);
  });
});

describe('partMetrics', () => {
  it('averages each part where it is known', () => {
    expect(partMetrics('reward/', groups)).toEqual({ 'reward/math_rule': 2 / 3 });
  });
});
