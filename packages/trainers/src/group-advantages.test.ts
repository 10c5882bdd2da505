import type { RewardObjective, ScoredGroup } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { groupAdvantages } from './group-advantages.ts';

const group = (domain: string, ...objectives: RewardObjective[]): ScoredGroup => {
  const count = objectives[0]?.rewards.length ?? 0;
  const sums = Array.from({ length: count }, (_, i) =>
    objectives.reduce<number | null>((sum, { weight, rewards }) => {
      const reward = rewards[i] ?? null;
      return reward === null || sum === null ? null : sum + weight * reward;
    }, 0),
  );
  const task = { id: domain, tag: domain, messages: [] };
  return { task, trajectories: [], results: [], rewards: sums, domain, objectives };
};

const advantages = (
  groups: readonly ScoredGroup[],
  multiObjectiveAggregation: 'sum_then_normalize' | 'normalize_then_sum',
): (number | null)[][] =>
  groupAdvantages(
    groups,
    groups.map(({ rewards }) => rewards),
    { multiObjectiveAggregation, normalizeByStd: true, advantageEpsilon: 0 },
  );

const rounded = (all: (number | null)[][]): (number | null)[][] =>
  all.map((list) => list.map((value) => (value === null ? null : Math.round(value * 1000) / 1000)));

describe('groupAdvantages', () => {
  // Sums of 1, 1 and 0: the first two differ in which objective they met.
  const both = group(
    'math',
    { name: 'answer', weight: 1, rewards: [1, 0, 0] },
    { name: 'shape', weight: 1, rewards: [0, 1, 0] },
    { name: 'tidy', weight: 1, rewards: [0, 0, 0] },
  );

  it('compares sums', () => {
    expect(rounded(advantages([both], 'sum_then_normalize'))).toEqual([[0.577, 0.577, -1.155]]);
  });

  it('makes objectives comparable first, whatever their scale', () => {
    const scaled = group(
      'math',
      { name: 'answer', weight: 1, rewards: [1, 0, 0] },
      { name: 'shape', weight: 1, rewards: [0, 10, 0] },
    );
    expect(rounded(advantages([scaled], 'normalize_then_sum'))).toEqual([[0.577, 0.577, -1.155]]);
    expect(rounded(advantages([scaled], 'sum_then_normalize'))).toEqual([[-0.484, 1.15, -0.666]]);
  });

  it('keeps the objectives of domains apart and leaves out what has no reward', () => {
    const groups = [
      group('math', { name: 'answer', weight: 1, rewards: [1, 0] }),
      group('code', { name: 'answer', weight: 3, rewards: [0, 5, null] }),
    ];
    // In their groups ±0.707 and ±2.121; over the batch their sample deviation is 1.826.
    expect(rounded(advantages(groups, 'normalize_then_sum'))).toEqual([
      [0.387, -0.387],
      [-1.162, 1.162, null],
    ]);
  });

  it('takes empty batches and refuses groups without objectives', () => {
    expect(advantages([], 'normalize_then_sum')).toEqual([]);
    const { objectives: _objectives, ...bare } = both;
    expect(() => advantages([bare], 'normalize_then_sum')).toThrow(/multi_objective_aggregation|objectives apart/);
  });
});
