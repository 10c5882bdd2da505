import type { GroupRewardFunction, RewardFunction } from '@rlloom/spec';
import type { JudgeResources } from '../judge/judge-panel.ts';
import { type RewardMaker, rewardKinds } from '../reward-kinds.ts';
import { describeError } from './describe-error.ts';
import { forGroup, forSamples, type ReadyPart } from './job-reward.ts';
import { loadRewardModule } from './load-module.ts';
import type { PrepareProblem, RewardSource, UnitPart, UnitPlan } from './messages.ts';

/** Thrown when a part of a plan cannot be made. */
export class PartProblem extends Error {
  readonly problem: PrepareProblem;
  constructor(problem: PrepareProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * Makes one part of a unit, loading what it needs.
 *
 * @throws PartProblem naming domain, part and, of an own module, the line
 */
export async function makePart(
  part: UnitPart,
  unit: Pick<UnitPlan, 'domain' | 'scope'>,
  resources: JudgeResources = {},
): Promise<ReadyPart> {
  const { source } = part;
  const file = source.type === 'module' ? source.file : undefined;
  try {
    return { name: part.name, file, reward: await makeReward(source, unit.scope, resources) };
  } catch (error) {
    throw new PartProblem({ domain: unit.domain, part: part.name, message: describeError(error, file) });
  }
}

async function makeReward(
  source: RewardSource,
  scope: UnitPlan['scope'],
  resources: JudgeResources,
): Promise<ReadyPart['reward']> {
  if (source.type === 'module') return loadRewardModule(source, scope);
  // The configuration validated the options with this kind's schema; a message between threads has no types.
  const make = (await rewardKinds[source.type].load()) as RewardMaker<unknown, GroupRewardFunction | RewardFunction>;
  const made = await make(source.options, resources);
  return scope === 'group' ? forGroup(made as GroupRewardFunction) : forSamples(made as RewardFunction);
}
