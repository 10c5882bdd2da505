import { setMaxListeners } from 'node:events';
import {
  deriveSeed,
  type Environment,
  type GenerationResult,
  RlloomError,
  type RolloutEngine,
  type SamplingParameters,
  type Task,
  type Tokenizer,
  type TrajectoryGroup,
} from '@rlloom/spec';
import { advance, closeEpisode, finish, openEpisode, type RunningEpisode, toTrajectory } from './running-episode.ts';

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
 * Runs `groupSize` episodes of every task and returns them as groups, in the order of the tasks. All episodes
 * advance together, so each round is one batch for the engine. Tokens are extended, never re-encoded.
 *
 * Every sample is accounted for. An episode that fails becomes a trajectory with its `failure` and what it had until
 * then; the others go on. An aborted call returns at once, with trajectories of `stopReason: 'abort'`, whatever a tool or
 * an environment is waiting for. Each episode is closed when it is over.
 *
 * @throws RlloomError of the engine; of the environment when it concerns every sample (kinds `config`, `data`, `model`,
 * `storage`, `backend`); kind `rollout` when all episodes failed
 */
export async function collectGroups(options: CollectOptions): Promise<TrajectoryGroup[]> {
  const { tasks, groupSize, environment, seed: root, signal } = options;
  // One listener per episode.
  if (signal !== undefined) setMaxListeners(0, signal);
  const running: RunningEpisode[] = [];
  try {
    const opened = await Promise.allSettled(
      tasks.flatMap((task) =>
        Array.from({ length: groupSize }, (_, sampleIndex) =>
          openEpisode(environment, task, { sampleIndex, root, signal }),
        ),
      ),
    );
    running.push(...opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    throwFirst(opened);
    await runEpisodes(running, options);
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

async function runEpisodes(all: readonly RunningEpisode[], options: CollectOptions): Promise<void> {
  const { engine, signal, onProgress } = options;
  for (;;) {
    const active = await withRoom(all, engine.capabilities.maxSequenceLength);
    const finishedBefore = all.length - active.length;
    onProgress?.(finishedBefore, all.length);
    if (active.length === 0) return;
    const results = await engine.generate(
      active.map((running) => ({
        promptTokens: Int32Array.from(running.tokens),
        seed: deriveSeed(running.seed, running.generations.length),
        sampling: samplingOf(running, options),
        sessionId: running.sessionId,
      })),
      {
        ...(signal && { signal }),
        onProgress: (finished) => onProgress?.(finishedBefore + finished, all.length),
      },
    );
    throwFirst(
      await Promise.allSettled(
        active.map((running, index) => advance(running, results[index] as GenerationResult, signal)),
      ),
    );
  }
}

// The episodes that go on. One whose sequence is as long as the engine takes is over; a first prompt is the engine's to
// refuse.
async function withRoom(all: readonly RunningEpisode[], limit: number): Promise<RunningEpisode[]> {
  const active = all.filter(({ stopReason }) => stopReason === undefined);
  const full = active.filter(({ tokens, generations }) => generations.length > 0 && tokens.length >= limit);
  await Promise.all(
    full.map((running) => {
      const reason = `the engine takes ${limit} tokens, the episode has ${running.tokens.length}`;
      // What nobody answers any more teaches nothing, and the trainer takes no more tokens than the engine.
      const last = running.turns.at(-1);
      if (last?.author === 'environment') running.tokens.length = running.turns.pop()?.start ?? 0;
      return finish(running, 'length', reason);
    }),
  );
  return active.filter((running) => !full.includes(running));
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

function throwFirst(settled: readonly PromiseSettledResult<unknown>[]): void {
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function allFailed({ failures, failed }: CollectSummary, environment: string): RlloomError {
  const [first] = failures;
  return new RlloomError('rollout', {
    what: `all ${failed} episodes failed, the first with: ${first?.reason ?? 'no reason'}`,
    where: `environment "${environment}", task "${first?.taskId ?? ''}"`,
    fix: 'check what the environment needs: its tools, servers and the records',
  });
}
