import { type GroupRewardFunction, RlloomError, type RewardFunction } from '@rlloom/spec';
import type { JudgeResources } from '../judge/judge-panel.ts';
import { describeError } from '../worker/describe-error.ts';
import { forGroup, forSamples, type ReadyPart } from '../worker/job-reward.ts';
import { makePart, PartProblem } from '../worker/make-part.ts';
import type { UnitPart, UnitPlan } from '../worker/messages.ts';
import { runJob } from '../worker/run-job.ts';
import type { JobQueue } from './job-queue.ts';
import type { MainLane, MainSource } from './pool-plan.ts';
import { problemError } from './problem-error.ts';
import { createWaitingQueue } from './waiting-queue.ts';

/** Rewards of the caller's own, by the name the configuration calls them. */
export type LocalRewards = Readonly<Record<string, GroupRewardFunction | RewardFunction>>;

/** What the program hands over for rewards on the main thread. */
export interface MainResources extends JudgeResources {
  readonly local: LocalRewards;
}

/**
 * A queue of jobs on the main thread. Its rewards only wait: each ends by its signal, or is left to itself at its
 * deadline. One that computes holds up everything else.
 *
 * @throws RlloomError `reward`: a reward cannot be made; `config`: no local reward of the name
 */
export async function createMainQueue(lane: MainLane, resources: MainResources): Promise<JobQueue> {
  const ready = await Promise.all(
    lane.units.map(async (unit) => ({
      unit,
      parts: await Promise.all(unit.parts.map((part) => mainPart(part, unit, resources))),
    })),
  );
  return createWaitingQueue(
    lane.concurrency,
    async ({ unit, requests }, stop) => {
      const setting = { ...ready[unit]!, abandonLate: true, stop };
      const outcome = await runJob(requests, setting);
      // What else the main thread did must not cost a sample its verdict.
      return outcome.disturbed && !stop.aborted ? runJob(requests, setting) : outcome;
    },
    () => Promise.resolve(),
  );
}

async function mainPart(
  part: UnitPart<MainSource>,
  unit: UnitPlan<MainSource>,
  resources: MainResources,
): Promise<ReadyPart> {
  const { local } = resources;
  const { name, source } = part;
  if (source.type !== 'local') {
    try {
      return await makePart({ name, source }, unit, resources);
    } catch (error) {
      throw error instanceof PartProblem
        ? problemError(error.problem)
        : problemError({ domain: unit.domain, part: name, message: describeError(error) });
    }
  }
  const reward = Object.hasOwn(local, source.name) ? local[source.name] : undefined;
  if (reward === undefined) {
    throw new RlloomError('config', {
      what: `there is no local reward "${source.name}" (given: ${Object.keys(local).join(', ') || 'none'})`,
      where: `rewards.domains.${unit.domain}.rewards.${name}`,
      fix: 'hand the function to createRewardPool in options.local, or use a module reward',
    });
  }
  const ready = unit.scope === 'group' ? forGroup(reward as GroupRewardFunction) : forSamples(reward as RewardFunction);
  return { name, file: undefined, reward: ready };
}
