import { checkRewards } from '../advantages/check-rewards.ts';
import { moments } from '../advantages/moments.ts';
import { ShapeError } from '../shape-error.ts';
import { checkFinite, checkWithin } from './check-within.ts';

/** Keeps groups whose values differ. */
export interface SpreadRule {
  /** Which rule: `spread`, `mean-between` or `mixed`; the others of these options belong to one of them. */
  readonly rule: 'spread';
  /** The deviation must be above this. Default 0 (verl, NeMo-RL); slime has 1e-6. */
  readonly above?: number;
  /** 0: population deviation, ÷n (verl); 1: sample deviation, ÷(n−1) (slime). Default 0. */
  readonly ddof?: 0 | 1;
  /** What becomes of a group with one verifiable value: `drop`, or `keep` (verl). Default `drop`. */
  readonly singleton?: 'drop' | 'keep';
}

/** Keeps groups whose mean is between two bounds, both excluded: neither too hard nor too easy (OpenRLHF). */
export interface MeanRule {
  readonly rule: 'mean-between';
  /** The mean must be above this. */
  readonly low: number;
  /** The mean must be below this. */
  readonly high: number;
}

/** Keeps groups with right and wrong samples (Reinforce-Rej, arXiv:2504.11343). */
export interface MixedRule {
  readonly rule: 'mixed';
  /** A value above this is right. Default 0. */
  readonly correctAbove?: number;
}

/** Which groups are worth training on. */
export type GroupRule = MeanRule | MixedRule | SpreadRule;

/** Why a group was dropped. `unverifiable`: it has no value at all. */
export type DropReason =
  | 'all-correct'
  | 'all-wrong'
  | 'mean-too-high'
  | 'mean-too-low'
  | 'no-spread'
  | 'single-value'
  | 'unverifiable';

/** What `filterGroups` returns. */
export interface FilteredGroups<Group extends string | number> {
  /** Groups to train on, in the order of their first samples. */
  readonly kept: readonly Group[];
  /** The others, in the order of their first samples, and why. */
  readonly dropped: readonly { readonly group: Group; readonly reason: DropReason }[];
  /** Whether its group is kept, per sample. */
  readonly samples: readonly boolean[];
}

/**
 * Parts the groups that can teach from those that cannot: dynamic sampling goes on until enough groups are kept.
 *
 * The values are any metric of the samples: the reward, the score before shaping (a length penalty alone spreads the
 * rewards of a group that is all wrong), or accuracy. `null` (unverifiable) values do not count.
 *
 * DAPO, arXiv:2503.14476; verl's `filter_groups` by metric, NeMo-RL, slime and OpenRLHF by reward.
 *
 * @param values one per sample of the batch; `null` where there is none
 * @param groups the group (prompt) each sample belongs to
 * @throws ShapeError when lengths differ
 * @throws RangeError when a value is not finite, or a bound is none
 * @example
 * ```ts
 * filterGroups([1, 0, 1, 1], ['a', 'a', 'b', 'b'], { rule: 'spread' }).kept; // => ['a']
 * filterGroups([1, 1], ['b', 'b'], { rule: 'mixed' }).dropped; // => [{ group: 'b', reason: 'all-correct' }]
 * ```
 */
export function filterGroups<Group extends string | number>(
  values: readonly (number | null)[],
  groups: readonly Group[],
  rule: GroupRule,
): FilteredGroups<Group> {
  const caller = 'filterGroups';
  if (values.length !== groups.length) {
    throw new ShapeError(caller, 'one group per value', { values: [values.length], groups: [groups.length] });
  }
  checkRewards(caller, values);
  checkRule(caller, rule);
  const members = new Map<Group, number[]>();
  for (const [sample, group] of groups.entries()) {
    const known = members.get(group) ?? [];
    members.set(group, known);
    const value = values[sample] ?? null;
    if (value !== null) known.push(value);
  }
  const kept = new Set<Group>();
  const dropped: { group: Group; reason: DropReason }[] = [];
  for (const [group, verified] of members) {
    const reason = verified.length === 0 ? 'unverifiable' : dropReason(verified, rule);
    if (reason === undefined) kept.add(group);
    else dropped.push({ group, reason });
  }
  return { kept: [...kept], dropped, samples: groups.map((group) => kept.has(group)) };
}

function dropReason(values: readonly number[], rule: GroupRule): DropReason | undefined {
  switch (rule.rule) {
    case 'spread': {
      const { above = 0, ddof = 0, singleton = 'drop' } = rule;
      if (values.length === 1) return singleton === 'keep' ? undefined : 'single-value';
      return moments(values, ddof)[1] > above ? undefined : 'no-spread';
    }
    case 'mean-between': {
      const [mean] = moments(values, 0);
      if (mean <= rule.low) return 'mean-too-low';
      return mean >= rule.high ? 'mean-too-high' : undefined;
    }
    case 'mixed': {
      const { correctAbove = 0 } = rule;
      const correct = values.filter((value) => value > correctAbove).length;
      if (correct === 0) return 'all-wrong';
      return correct === values.length ? 'all-correct' : undefined;
    }
  }
}

function checkRule(caller: string, rule: GroupRule): void {
  switch (rule.rule) {
    case 'spread':
      return checkWithin(caller, { above: rule.above ?? 0 }, [0, Number.MAX_VALUE]);
    case 'mean-between':
      if (rule.low < rule.high) return;
      throw new RangeError(`${caller}: nothing is between low ${rule.low} and high ${rule.high}`);
    case 'mixed':
      return checkFinite(caller, { correctAbove: rule.correctAbove ?? 0 });
  }
}
