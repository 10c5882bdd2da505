import {
  deriveSeed,
  type Environment,
  type GenerationRequest,
  RlloomError,
  type RolloutEngine,
  type SamplingParameters,
  type Task,
  type Tokenizer,
  type TrajectoryGroup,
} from '@rlloom/spec';
import { type DrivenEpisode, driveEpisodes } from './drive-episodes.ts';
import {
  advance,
  closeEpisode,
  finish,
  newEpisode,
  openEpisode,
  type RunningEpisode,
  toTrajectory,
} from './running-episode.ts';

/** Options of `collectGroups`. */
export interface CollectOptions {
  readonly engine: RolloutEngine;
  readonly environment: Environment;
  readonly tasks: readonly Task[];
  /** Samples per task (G). */
  readonly groupSize: number;
  readonly sampling: SamplingParameters;
  /** Decodes responses for rewards and people; never used to make tokens. */
  readonly tokenizer: Pick<Tokenizer, 'decode'>;
  /** Root of all sample streams of this call, e.g. `deriveSeed(runSeed, 'rollout', step)`. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** `done` episodes of `total`. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told once, when all episodes are over: what became of them. */
  readonly onSummary?: (summary: CollectSummary) => void;
}

/** What became of the episodes of a call: `finished + failed + aborted` is all of them. */
export interface CollectSummary {
  readonly finished: number;
  readonly failed: number;
  readonly aborted: number;
  /** Why episodes failed, and what went wrong when episodes were closed; in the order of the samples. */
  readonly failures: readonly { readonly taskId: string; readonly sampleIndex: number; readonly reason: string }[];
}

/**
 * Runs `groupSize` episodes of every task and returns them as groups, in the order of the tasks. An episode goes to the
 * engine as soon as its environment has answered and the engine can take it, together with all that are ready then: a
 * slow tool holds up no other episode. Tokens are extended, never re-encoded, and each turn is drawn from a stream of its
 * own: they do not hang on who was ready when.
 *
 * Every sample is accounted for. An episode that fails becomes a trajectory with its `failure` and what it had until
 * then; the others go on. An aborted call returns at once, with trajectories of `stopReason: 'abort'`, whatever a tool or
 * an environment is waiting for. Each episode is closed when it is over.
 *
 * @throws RlloomError of the engine; of the environment when it concerns every sample (kinds `config`, `data`, `model`,
 * `storage`, `backend`); kind `rollout` when all episodes failed
 */
export async function collectGroups(options: CollectOptions): Promise<TrajectoryGroup[]> {
  const { tasks, groupSize, environment, seed: root, signal, onProgress } = options;
  const running = tasks.flatMap((task) =>
    Array.from({ length: groupSize }, (_, sampleIndex) => newEpisode(task, sampleIndex, root)),
  );
  try {
    await driveEpisodes(
      running.map((episode) => driven(episode, options)),
      { signal, onProgress: (over, written) => onProgress?.(over + written, running.length) },
    );
  } finally {
    await Promise.all(running.map(closeEpisode));
  }
  const summary = summarize(running);
  options.onSummary?.(summary);
  if (running.length > 0 && summary.failed === running.length) throw allFailed(summary, environment.name);
  return tasks.map((task, index) => ({
    task,
    trajectories: running
      .slice(index * groupSize, (index + 1) * groupSize)
      .map((episode) => toTrajectory(episode, options.tokenizer)),
  }));
}

function driven(running: RunningEpisode, options: CollectOptions): DrivenEpisode {
  const { engine, environment } = options;
  return {
    async next([result], signal) {
      if (result === undefined) await openEpisode(running, environment, signal);
      else await advance(running, result, signal);
      await endWithoutRoom(running, engine.capabilities.maxSequenceLength);
      if (running.stopReason !== undefined) return [];
      const request: GenerationRequest = {
        promptTokens: Int32Array.from(running.tokens),
        seed: deriveSeed(running.seed, running.generations.length),
        sampling: samplingOf(running, options),
        sessionId: running.sessionId,
      };
      return [{ engine, request }];
    },
  };
}

// One whose sequence is as long as the engine takes is over; a first prompt is the engine's to refuse.
async function endWithoutRoom(running: RunningEpisode, limit: number): Promise<void> {
  const { stopReason, tokens, turns, generations } = running;
  if (stopReason !== undefined || generations.length === 0 || tokens.length < limit) return;
  const reason = `the engine takes ${limit} tokens, the episode has ${tokens.length}`;
  // What nobody answers any more teaches nothing, and the trainer takes no more tokens than the engine.
  if (turns.at(-1)?.author === 'environment') tokens.length = turns.pop()?.start ?? 0;
  await finish(running, 'length', reason);
}

function samplingOf(running: RunningEpisode, { sampling, engine }: CollectOptions): SamplingParameters {
  const { episode, generations, tokens } = running;
  const room =
    generations.length === 0 ? Number.POSITIVE_INFINITY : engine.capabilities.maxSequenceLength - tokens.length;
  const budget = Math.min(room, episode?.maxNewTokens?.() ?? Number.POSITIVE_INFINITY);
  return budget >= sampling.maxNewTokens ? sampling : { ...sampling, maxNewTokens: budget };
}

function summarize(all: readonly RunningEpisode[]): CollectSummary {
  const failed = all.filter(({ failure }) => failure !== undefined).length;
  const aborted = all.filter(({ stopReason, failure }) => failure === undefined && stopReason === 'abort').length;
  return {
    finished: all.length - failed - aborted,
    failed,
    aborted,
    failures: all.flatMap(({ task, sampleIndex, failure, closeFailure }) =>
      [failure, closeFailure === undefined ? undefined : `when it was closed: ${closeFailure}`]
        .filter((reason) => reason !== undefined)
        .map((reason) => ({ taskId: task.id, sampleIndex, reason })),
    ),
  };
}

function allFailed({ failures, failed }: CollectSummary, environment: string): RlloomError {
  const [first] = failures;
  return new RlloomError('rollout', {
    what: `all ${failed} episodes failed, the first with: ${first?.reason ?? 'no reason'}`,
    where: `environment "${environment}", task "${first?.taskId ?? ''}"`,
    fix: 'check what the environment needs: its tools, servers and the records',
  });
}
