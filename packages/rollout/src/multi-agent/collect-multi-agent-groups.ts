import {
  deriveSeed,
  type MultiAgentEnvironment,
  RlloomError,
  type RolloutEngine,
  type SamplingParameters,
  type Task,
  type Tokenizer,
  type Trajectory,
  type TrajectoryGroup,
} from '@rlloom/spec';
import { driveEpisodes } from '../drive-episodes.ts';
import { createTeamEpisode, type TeamEpisode } from './team-episode.ts';

/** Options of `collectMultiAgentGroups`. */
export interface CollectMultiAgentOptions {
  /** What agents write with that are not in `engines`: one policy for all of them. */
  readonly engine?: RolloutEngine;
  /** Engines of agents that have a policy of their own, by agent. Several may share one. */
  readonly engines?: Readonly<Record<string, RolloutEngine>>;
  readonly environment: MultiAgentEnvironment;
  readonly tasks: readonly Task[];
  /** Episodes per task (G). */
  readonly groupSize: number;
  readonly sampling: SamplingParameters;
  /** What differs from `sampling`, by agent. */
  readonly samplingOf?: Readonly<Record<string, Partial<SamplingParameters>>>;
  /** Decodes responses for rewards and people; never used to make tokens. */
  readonly tokenizer: Pick<Tokenizer, 'decode'>;
  /** Root of all sample streams of this call, e.g. `deriveSeed(runSeed, 'rollout', step)`. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** `done` episodes of `total`. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Runs `groupSize` episodes of several agents on every task. Turns go to their engines as soon as they are asked for and
 * the engine can take them, in calls as large as they can be, engines at the same time: a slow episode holds up no other.
 * Tokens are extended, never encoded again, and each conversation of an agent is a trajectory: what the agent wrote
 * trains there, and nowhere else.
 *
 * Groups: one per task, agent and conversation number, in this order. So a group holds what one role wrote at one place
 * of the workflow, once per episode, which is what group-relative estimators compare; with a joint reward their mean
 * subtracted is MAGRPO's advantage (arXiv:2508.04652). `sampleIndex` is the number of the episode and `episodeId` the
 * same for all trajectories of one. A group is smaller than G where an agent was not asked in an episode, and absent
 * where it was asked in none.
 *
 * Failures: an episode that throws, asks the impossible or outgrows its engine ends there. Its trajectories say why
 * (`failure`), and there is one without tokens for each of its agents that had begun nothing, so that nothing is lost
 * to the counts. An abort ends every episode (`stopReason: 'abort'`) without waiting for the environment. All episodes
 * are closed in any case; a failing `close` is told in `endReason`.
 *
 * @throws RlloomError `config`: agents without an engine, or options for unknown agents
 * @throws RlloomError `rollout` when every episode failed; what an engine throws
 */
export async function collectMultiAgentGroups(options: CollectMultiAgentOptions): Promise<TrajectoryGroup[]> {
  const { environment, tasks, groupSize, signal } = options;
  const engines = enginesByAgent(options);
  const episodes = tasks.map((task, place) =>
    Array.from({ length: groupSize }, (_, sampleIndex) =>
      createTeamEpisode({
        environment,
        task,
        sampleIndex,
        seed: deriveSeed(options.seed, task.id, sampleIndex),
        episodeId: `${task.id}:${options.seed}:${place}.${sampleIndex}`,
        engineOf: (agent) => engines.get(agent) as RolloutEngine,
        samplingOf: (agent) => ({ ...options.sampling, ...options.samplingOf?.[agent] }),
      }),
    ),
  );
  const all = episodes.flat();
  try {
    await driveEpisodes(all, { signal, onProgress: (over) => options.onProgress?.(over, all.length) });
  } finally {
    await Promise.all(all.map((episode) => episode.close()));
  }
  checkSomeSucceeded(all, environment);
  return tasks.flatMap((task, place) => groupsOf(task, episodes[place] ?? [], options));
}

function groupsOf(
  task: Task,
  episodes: readonly TeamEpisode[],
  { environment, tokenizer }: CollectMultiAgentOptions,
): TrajectoryGroup[] {
  const written = episodes.map((episode) => episode.trajectories(tokenizer));
  return environment.agents.flatMap((_, agent) => {
    const most = Math.max(0, ...written.map((of) => of[agent]?.length ?? 0));
    return Array.from({ length: most }, (__, conversation) => ({
      task,
      trajectories: written
        .map((of) => of[agent]?.[conversation])
        .filter((trajectory): trajectory is Trajectory => trajectory !== undefined),
    }));
  });
}

function enginesByAgent({
  environment,
  engine,
  engines = {},
  samplingOf = {},
}: CollectMultiAgentOptions): Map<string, RolloutEngine> {
  const { agents, name } = environment;
  const own = new Map(Object.entries(engines));
  const unknown = [...own.keys(), ...Object.keys(samplingOf)].find((agent) => !agents.includes(agent));
  if (unknown !== undefined) {
    throw new RlloomError('config', {
      what: `there is no agent "${unknown}"`,
      where: `the options for ${name}`,
      fix: `its agents are ${agents.map((agent) => `"${agent}"`).join(', ')}`,
    });
  }
  if (new Set(agents).size !== agents.length) {
    throw new RlloomError('config', {
      what: 'two agents have the same name',
      where: name,
      fix: 'give every agent a name of its own',
    });
  }
  return new Map(
    agents.map((agent) => {
      const found = own.get(agent) ?? engine;
      if (found !== undefined) return [agent, found];
      throw new RlloomError('config', {
        what: `agent "${agent}" has no engine`,
        where: `the options for ${name}`,
        fix: 'give it one in `engines`, or an `engine` for all',
      });
    }),
  );
}

// One bad episode is a sample that cannot be judged; when all are, there is nothing to train on and a reason to be told.
function checkSomeSucceeded(all: readonly TeamEpisode[], environment: MultiAgentEnvironment): void {
  const first = all[0]?.failure;
  if (first === undefined || all.some((episode) => episode.failure === undefined)) return;
  throw new RlloomError('rollout', {
    what: `all ${all.length} episodes failed; the first: ${first.what}`,
    where: environment.name,
    fix: 'look at the environment: its workflow, prompts and what it calls',
    cause: first.cause,
  });
}
