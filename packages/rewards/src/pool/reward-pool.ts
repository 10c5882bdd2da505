import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { type RewardScorer, RlloomError, type ScoredGroup, type Trajectory, type TrajectoryGroup } from '@rlloom/spec';
import type { RewardsConfig } from '../rewards.config.ts';
import { domainOfTag } from '../routing.ts';
import type { SampleJob, SampleOutcome } from '../worker/messages.ts';
import { finalRewards } from './final-rewards.ts';
import { type RewardStats, rewardStats } from './reward-stats.ts';
import { createSampleQueue } from './sample-queue.ts';
import { workerPlan } from './worker-plan.ts';
import { startWorkerThreads } from './worker-threads.ts';

/** What `createRewardPool` takes beside the configuration. */
export interface RewardPoolOptions {
  /** Folder that paths of own reward modules start in. Default: the current folder. */
  readonly baseDirectory?: string;
  /** Called after every `score` that finishes. */
  readonly onStats?: (stats: RewardStats) => void;
}

/**
 * Scores groups of trajectories in parallel threads. Each sample has a deadline after which its thread is ended and
 * replaced; a reward that hangs, throws, ends its thread or runs out of memory makes that one sample `unverifiable`
 * (score and reward `null`, the reason says what happened) and leaves its neighbours alone.
 *
 * A result's `score` is the weighted sum of its parts; `rewards` are the scores normalised per domain and clipped.
 *
 * @returns a scorer whose threads are up and whose own modules are loaded. `score` rejects with `interrupted` when its
 *   signal aborts, `config` for a tag without a domain, `reward` after `close`
 * @throws RlloomError `reward`: an own module or the threads' program cannot be loaded
 */
export async function createRewardPool(config: RewardsConfig, options: RewardPoolOptions = {}): Promise<RewardScorer> {
  const plan = workerPlan(config, options.baseDirectory ?? process.cwd());
  const threads = startWorkerThreads(plan, {
    size: config.workers ?? Math.max(1, availableParallelism() - 1),
    memoryLimitMb: config.memoryLimitMb,
  });
  try {
    await threads.prepare();
  } catch (error) {
    await threads.close();
    throw error;
  }
  const queue = createSampleQueue(threads, plan);
  const domainIndex = new Map(plan.domains.map(({ name }, index) => [name, index]));
  const closing = new AbortController();
  // One listener per call in progress, however many there are.
  setMaxListeners(0, closing.signal);
  let closed: Promise<void> | undefined;

  const jobsOf = (groups: readonly TrajectoryGroup[]): SampleJob[] =>
    groups.flatMap(({ task, trajectories }) => {
      const route = domainOfTag(config, task.tag);
      if (route === undefined) {
        throw new RlloomError('config', {
          what: `no reward domain takes tasks tagged "${task.tag}"`,
          where: 'rewards.domains',
          fix: 'add the tag to the tags of a domain',
        });
      }
      const domain = domainIndex.get(route.name)!;
      return trajectories.map((trajectory) => ({
        domain,
        request: {
          task,
          responseText: trajectory.responseText,
          responseTokenCount: countTrained(trajectory),
          stopReason: trajectory.stopReason,
        },
      }));
    });

  const assemble = (
    groups: readonly TrajectoryGroup[],
    outcomes: readonly SampleOutcome[],
    rewards: readonly (number | null)[],
  ): ScoredGroup[] => {
    let next = 0;
    return groups.map((group) => {
      const start = next;
      next += group.trajectories.length;
      return {
        ...group,
        results: outcomes.slice(start, next).map(({ result }) => result),
        rewards: rewards.slice(start, next),
      };
    });
  };

  return {
    async score(groups, { signal, onProgress } = {}) {
      if (closing.signal.aborted) throw closedError();
      const start = performance.now();
      const jobs = jobsOf(groups);
      const stop = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      let outcomes: SampleOutcome[];
      try {
        outcomes = await queue.score(jobs, {
          signal: stop,
          onDone: onProgress === undefined ? undefined : (done) => onProgress(done, jobs.length),
        });
      } catch (error) {
        throw closing.signal.aborted ? closedError() : error;
      }
      const scores = outcomes.map(({ result }, index) => ({ domain: jobs[index]!.domain, score: result.score }));
      const rewards = finalRewards(scores, config);
      options.onStats?.(
        rewardStats(
          outcomes.map((outcome, index) => ({
            domain: plan.domains[jobs[index]!.domain]!.name,
            outcome,
            reward: rewards[index]!,
          })),
          (performance.now() - start) / 1000,
        ),
      );
      return assemble(groups, outcomes, rewards);
    },
    close() {
      closed ??= (async () => {
        closing.abort();
        await threads.close();
      })();
      return closed;
    },
  };
}

function countTrained({ lossMask }: Trajectory): number {
  return lossMask.reduce((count, mask) => count + mask, 0);
}

function closedError(): RlloomError {
  return new RlloomError('reward', { what: 'the reward pool is closed', fix: 'score before closing it' });
}
