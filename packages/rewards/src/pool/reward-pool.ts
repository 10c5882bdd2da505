import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type RewardScorer, RlloomError, type ScoredGroup, type Trajectory, type TrajectoryGroup } from '@rlloom/spec';
import { openAuditLog } from '../audit/audit-log.ts';
import { createVerdictCache } from '../cache/verdict-cache.ts';
import type { JudgeModel } from '../judge/judge-model.ts';
import type { RewardsConfig } from '../rewards.config.ts';
import { domainOfTag } from '../routing.ts';
import { assembleGroups, scoredDomain } from './assemble-groups.ts';
import { auditRecords } from './audit-records.ts';
import { withFailedEpisodes } from './failed-episodes.ts';
import type { LocalRewards } from './main-queue.ts';
import { poolPlan } from './pool-plan.ts';
import { rewardMetrics, type RewardStats, rewardStats, type SampleRecord } from './reward-stats.ts';
import { type RequestGroup, type SampleOutcome, scoreSamples } from './score-samples.ts';
import { startLanes } from './start-lanes.ts';

/** What `createRewardPool` takes beside the configuration. */
export interface RewardPoolOptions {
  /** Folder that paths of own reward modules and of the audit log start in. Default: the current folder. */
  readonly baseDirectory?: string;
  /** Rewards of the type `local`, by name: functions that wait (for an engine, a service) on the main thread. */
  readonly local?: LocalRewards;
  /** Judges of this process for `model_eval` and `pairwise_judge`, by the name `use` gives: see `createEngineJudge`. */
  readonly judgeModels?: Readonly<Record<string, JudgeModel>>;
  /** Called after every `score` that finishes. */
  readonly onStats?: (stats: RewardStats) => void;
}

/**
 * Scores groups of trajectories in parallel threads. Each sample has a deadline after which its thread is ended and
 * replaced; a reward that hangs, throws, ends its thread or runs out of memory makes that one sample `unverifiable`
 * (score and reward `null`, the reason says what happened) and leaves its neighbours alone. Rewards that wait rather
 * than compute (`concurrency` above 1, and those on the main thread) end by their signal.
 *
 * A result's `score` is the weighted sum of its parts; `rewards` are the scores normalised per domain, multiplied with
 * its weight, and clipped; `objectives` are the parts, apart.
 *
 * @returns a scorer whose threads are up and whose own modules are loaded. `score` rejects with `interrupted` when its
 *   signal aborts, `config` for a tag without a domain, `storage` when the audit log cannot be written, `reward` after
 *   `close`
 * @throws RlloomError `reward`: an own module or the threads' program cannot be loaded; `config`: a local reward is
 *   missing; `storage`, `data`: the audit log cannot be opened
 */
export async function createRewardPool(config: RewardsConfig, options: RewardPoolOptions = {}): Promise<RewardScorer> {
  const { baseDirectory = process.cwd(), local = {}, judgeModels = {} } = options;
  const plan = poolPlan(config, baseDirectory, Math.max(1, availableParallelism() - 1));
  const audit = config.audit === null ? undefined : await openAuditLog(resolve(baseDirectory, config.audit.file));
  const queues = await startLanes(plan.lanes, { local, judgeModels, sharedLimits: new Map() }).catch(
    async (error: unknown) => {
      await audit?.close();
      throw error;
    },
  );
  const cache = config.cacheMb === null ? undefined : createVerdictCache(config.cacheMb);
  const domains = plan.domains.map((domain) => scoredDomain(domain, config));
  const domainIndex = new Map(plan.domains.map(({ name }, index) => [name, index]));
  const closing = new AbortController();
  // One listener per call in progress, however many there are.
  setMaxListeners(0, closing.signal);
  let closed: Promise<void> | undefined;

  const requestsOf = ({ task, trajectories }: TrajectoryGroup): RequestGroup => {
    const route = domainOfTag(config, task.tag);
    if (route === undefined) {
      throw new RlloomError('config', {
        what: `no reward domain takes tasks tagged "${task.tag}"`,
        where: 'rewards.domains',
        fix: 'add the tag to the tags of a domain',
      });
    }
    const requests = trajectories
      .filter(({ failure }) => failure === undefined)
      .map((trajectory) => {
        const responseTokens = tokensOf(trajectory);
        const { responseText, stopReason, conversation, turnScores } = trajectory;
        return {
          ...{ task, responseText, responseTokenCount: responseTokens.length, stopReason, responseTokens },
          ...(conversation !== undefined && { conversation }),
          ...(turnScores !== undefined && { turnScores }),
        };
      });
    return { domain: domainIndex.get(route.name)!, requests };
  };

  return {
    async score(groups, { signal, onProgress, onMetrics } = {}) {
      if (closing.signal.aborted) throw closedError();
      const start = performance.now();
      const requests = groups.map(requestsOf);
      const total = requests.reduce((sum, group) => sum + group.requests.length, 0);
      const stop = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const judged = await scoreSamples(requests, {
        plan,
        queues,
        cache,
        onPartFailure: config.onPartFailure,
        signal: stop,
        onDone: onProgress === undefined ? undefined : (done) => onProgress(done, total),
      }).catch((error: unknown) => {
        throw closing.signal.aborted ? closedError() : error;
      });
      const outcomes = groups.map(({ trajectories }, index) => withFailedEpisodes(trajectories, judged[index] ?? []));
      const scored = assembleGroups(groups, { requests, outcomes }, { domains, config });
      if (audit !== undefined) {
        await audit.append(auditRecords(scored, outcomes, { responses: config.audit?.responses === true }));
      }
      const stats = rewardStats(recordsOf(scored, outcomes), (performance.now() - start) / 1000);
      options.onStats?.(stats);
      onMetrics?.(rewardMetrics(stats));
      return scored;
    },
    close() {
      closed ??= (async () => {
        closing.abort();
        await Promise.all(queues.map((queue) => queue.close()));
        await audit?.close();
      })();
      return closed;
    },
  };
}

function* recordsOf(
  scored: readonly ScoredGroup[],
  outcomes: readonly (readonly SampleOutcome[])[],
): Generator<SampleRecord> {
  for (const [group, { domain = '', rewards }] of scored.entries()) {
    for (const [index, reward] of rewards.entries()) yield { domain, reward, outcome: outcomes[group]![index]! };
  }
}

/** The tokens the policy wrote: a view where they are in one piece, as those of a single answer are. */
function tokensOf({ tokens, lossMask }: Trajectory): Int32Array {
  const start = lossMask.indexOf(1);
  const end = lossMask.lastIndexOf(1) + 1;
  const isOnePiece = !lossMask.subarray(Math.max(0, start), end).includes(0);
  return isOnePiece ? tokens.subarray(Math.max(0, start), end) : tokens.filter((_, index) => lossMask[index] === 1);
}

function closedError(): RlloomError {
  return new RlloomError('reward', { what: 'the reward pool is closed', fix: 'score before closing it' });
}
