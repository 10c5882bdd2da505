import type { RewardObjective, ScoredGroup, TrajectoryGroup } from '@rlloom/spec';
import { domainWeight, type RewardDomainConfig, type RewardsConfig } from '../rewards.config.ts';
import { finalRewards } from './final-rewards.ts';
import type { DomainPlan } from './pool-plan.ts';
import type { RequestGroup, SampleOutcome } from './score-samples.ts';

/** What was asked of each group, and what came of it. */
interface Judged {
  readonly requests: readonly RequestGroup[];
  readonly outcomes: readonly (readonly SampleOutcome[])[];
}

/** What the groups of a domain are given beside their results. */
export interface ScoredDomain {
  readonly name: string;
  readonly filter: RewardDomainConfig['filter'];
  /** The parts, with the weight they have in the final reward. */
  readonly objectives: readonly Pick<RewardObjective, 'name' | 'weight'>[];
}

/** What is the same for all groups of a domain. */
export function scoredDomain({ name, parts }: DomainPlan, config: RewardsConfig): ScoredDomain {
  const factor = domainWeight(config, name);
  return {
    name,
    filter: config.domains[name]?.filter ?? null,
    objectives: parts.map((part) => ({ name: part.name, weight: factor * part.weight })),
  };
}

/** Groups with their results and rewards, in the order given. */
export function assembleGroups(
  groups: readonly TrajectoryGroup[],
  { requests, outcomes }: Judged,
  { domains, config }: { readonly domains: readonly ScoredDomain[]; readonly config: RewardsConfig },
): ScoredGroup[] {
  const scores = outcomes.flatMap((group, index) =>
    group.map(({ result }) => ({ domain: requests[index]!.domain, score: result.score })),
  );
  const rewards = finalRewards(scores, config);
  let next = 0;
  return groups.map((group, index) => {
    const own = outcomes[index]!;
    const start = next;
    next += own.length;
    const { name, filter, objectives } = domains[requests[index]!.domain]!;
    return {
      ...group,
      results: own.map(({ result }) => result),
      rewards: rewards.slice(start, next),
      domain: name,
      objectives: objectives.map((objective, part) => ({ ...objective, rewards: partRewards(own, part) })),
      ...(filter !== null && { filter }),
    };
  });
}

function partRewards(outcomes: readonly SampleOutcome[], part: number): (number | null)[] {
  return outcomes.map(({ result, partScores }) => (result.score === null ? null : (partScores[part] ?? null)));
}
