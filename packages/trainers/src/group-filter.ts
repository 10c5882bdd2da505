import { filterGroups, type GroupRule } from '@rlloom/core';
import type { GroupFilter, ScoredGroup } from '@rlloom/spec';

/**
 * Whether the rule of its domain leaves a group out of training: too easy, too hard, or without spread. Judged by the
 * scores, before normalisation and clipping; a group that nobody could verify is out as well.
 *
 * ROLL's `query_filter_config`: `mean_filter` (with the same bounds as its `difficulty_mask`) and `std_filter`.
 */
export function isFilteredOut({ results, filter }: Pick<ScoredGroup, 'filter' | 'results'>): boolean {
  if (filter === undefined) return false;
  const scores = results.map(({ score }) => score);
  const oneGroup = scores.map(() => 0);
  return filterGroups(scores, oneGroup, ruleOf(filter)).kept.length === 0;
}

/**
 * Why a group teaches nothing, for dynamic sampling (DAPO, arXiv:2503.14476): its domain's rule leaves it out, or its
 * rewards are all alike, or fewer than two of them are known. `undefined` for the others.
 */
export function withoutSignal(group: Pick<ScoredGroup, 'filter' | 'results' | 'rewards'>): string | undefined {
  if (isFilteredOut(group)) return 'left out by the filter of its domain';
  const known = group.rewards.filter((reward) => reward !== null);
  return known.every((reward) => reward === known[0]) ? 'rewards all alike' : undefined;
}

function ruleOf(filter: GroupFilter): GroupRule {
  return filter.type === 'mean_filter'
    ? { rule: 'mean-between', low: filter.thresholdDown, high: filter.thresholdUp }
    : { rule: 'spread', above: filter.stdThreshold, ddof: 1 };
}
