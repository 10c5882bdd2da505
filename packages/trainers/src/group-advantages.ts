import { groupRelativeAdvantages, normalizeThenSum, type Objective } from '@rlloom/core';
import { RlloomError, type ScoredGroup } from '@rlloom/spec';
import type { GrpoConfig } from './grpo.config.ts';

/** What of GRPO's options decides advantages. */
export type AdvantageOptions = Pick<GrpoConfig, 'advantageEpsilon' | 'multiObjectiveAggregation' | 'normalizeByStd'>;

/**
 * Advantages by group and sample; `null` where there is no reward. `sum_then_normalize` compares the rewards inside
 * each group; `normalize_then_sum` makes each objective comparable in its group first and whitens the weighted sums
 * over the batch (GDPO, arXiv:2601.05242), from the objectives of the groups rather than their rewards.
 *
 * @throws RlloomError `config`: groups without objectives
 */
export function groupAdvantages(
  groups: readonly ScoredGroup[],
  rewards: readonly (readonly (number | null)[])[],
  { multiObjectiveAggregation, normalizeByStd, advantageEpsilon }: AdvantageOptions,
): (number | null)[][] {
  if (multiObjectiveAggregation === 'sum_then_normalize') {
    return rewards.map((list) => groupRelativeAdvantages(list, { normalizeByStd, epsilon: advantageEpsilon }));
  }
  const places = rewards.flatMap((list, group) => list.map(() => group));
  if (places.length === 0) return rewards.map(() => []);
  const all = normalizeThenSum(objectivesOf(groups), places, {
    normalizeByStd,
    groupEpsilon: advantageEpsilon,
    whitenEpsilon: advantageEpsilon,
  });
  let next = 0;
  return rewards.map((list) => all.slice(next, (next += list.length)));
}

// The objectives of a domain are its own: the same name may mean something else, or weigh differently, in another.
function objectivesOf(groups: readonly ScoredGroup[]): Objective[] {
  const keys = new Map<string, number>();
  for (const { domain = '', objectives = [] } of groups) {
    for (const { name, weight } of objectives) keys.set(JSON.stringify([domain, name]), weight);
  }
  if (keys.size === 0) {
    throw new RlloomError('config', {
      what: 'the rewards do not keep their objectives apart',
      where: 'algorithm.multi_objective_aggregation',
      fix: 'use sum_then_normalize, or a scorer that fills ScoredGroup.objectives, as createRewardPool does',
    });
  }
  return [...keys].map(([key, weight]) => ({
    weight,
    rewards: groups.flatMap(({ domain = '', objectives = [], rewards }) => {
      const own = objectives.find(({ name }) => JSON.stringify([domain, name]) === key);
      return own === undefined ? rewards.map(() => null) : own.rewards;
    }),
  }));
}
