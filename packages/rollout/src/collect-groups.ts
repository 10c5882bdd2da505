import {
  deriveSeed,
  type Environment,
  type Episode,
  type GenerationResult,
  type RolloutEngine,
  type SamplingParameters,
  type StopReason,
  type Task,
  type Tokenizer,
  type Trajectory,
  type TrajectoryGroup,
  type Turn,
} from '@rlloom/spec';

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
}

/**
 * Runs `groupSize` episodes of every task and returns them as groups, in the order of the tasks. All episodes
 * advance together, so each round is one batch for the engine. Tokens are extended, never re-encoded.
 *
 * @throws RlloomError of the engine or the environment; an aborted call returns trajectories with `stopReason: 'abort'`
 */
export async function collectGroups(options: CollectOptions): Promise<TrajectoryGroup[]> {
  const { tasks, groupSize, environment } = options;
  const running = await Promise.all(
    tasks.flatMap((task) =>
      Array.from({ length: groupSize }, (_, sampleIndex) =>
        openEpisode(environment, task, { sampleIndex, root: options.seed }),
      ),
    ),
  );
  try {
    await runEpisodes(running, options);
  } finally {
    await Promise.all(running.map(async ({ episode }) => episode.close?.()));
  }
  return tasks.map((task, index) => ({
    task,
    trajectories: running
      .slice(index * groupSize, (index + 1) * groupSize)
      .map((episode) => toTrajectory(episode, options.tokenizer)),
  }));
}

interface RunningEpisode {
  readonly task: Task;
  readonly sampleIndex: number;
  readonly seed: number;
  readonly episode: Episode;
  readonly promptLength: number;
  readonly tokens: number[];
  readonly generations: { readonly start: number; readonly result: GenerationResult }[];
  readonly turns: Turn[];
  stopReason: StopReason | undefined;
}

async function openEpisode(
  environment: Environment,
  task: Task,
  { sampleIndex, root }: { readonly sampleIndex: number; readonly root: number },
): Promise<RunningEpisode> {
  const seed = deriveSeed(root, task.id, sampleIndex);
  const episode = environment.createEpisode(task, { sampleIndex, seed });
  const prompt = await episode.start();
  return {
    task,
    sampleIndex,
    seed,
    episode,
    promptLength: prompt.length,
    tokens: [...prompt],
    generations: [],
    turns: [{ author: 'prompt', start: 0, end: prompt.length }],
    stopReason: undefined,
  };
}

async function runEpisodes(all: readonly RunningEpisode[], options: CollectOptions): Promise<void> {
  let active = [...all];
  while (active.length > 0) {
    const finishedBefore = all.length - active.length;
    const results = await options.engine.generate(
      active.map((episode) => ({
        promptTokens: Int32Array.from(episode.tokens),
        seed: deriveSeed(episode.seed, episode.generations.length),
        sampling: options.sampling,
      })),
      {
        ...(options.signal && { signal: options.signal }),
        onProgress: (finished) => options.onProgress?.(finishedBefore + finished, all.length),
      },
    );
    await Promise.all(active.map((episode, index) => advance(episode, results[index] as GenerationResult)));
    active = active.filter((episode) => episode.stopReason === undefined);
    options.onProgress?.(all.length - active.length, all.length);
  }
}

async function advance(episode: RunningEpisode, result: GenerationResult): Promise<void> {
  const start = episode.tokens.length;
  for (const token of result.tokens) episode.tokens.push(token);
  episode.generations.push({ start, result });
  episode.turns.push({ author: 'policy', start, end: episode.tokens.length });
  if (result.stopReason === 'abort') {
    episode.stopReason = 'abort';
    return;
  }
  const step = await episode.episode.step(result);
  if (step.done) {
    episode.stopReason = result.stopReason;
    return;
  }
  const observed = episode.tokens.length;
  for (const token of step.observationTokens) episode.tokens.push(token);
  episode.turns.push({ author: 'environment', start: observed, end: episode.tokens.length });
}

function toTrajectory(episode: RunningEpisode, tokenizer: Pick<Tokenizer, 'decode'>): Trajectory {
  const length = episode.tokens.length;
  const lossMask = new Uint8Array(length);
  const rolloutLogProbs = new Float32Array(length);
  const policyVersions = new Int32Array(length).fill(-1);
  for (const { start, result } of episode.generations) {
    lossMask.fill(1, start, start + result.tokens.length);
    rolloutLogProbs.set(result.logProbs, start);
    policyVersions.set(result.policyVersions, start);
  }
  const written = episode.generations.map(({ result }) => tokenizer.decode(result.tokens, { skipSpecialTokens: true }));
  return {
    taskId: episode.task.id,
    tag: episode.task.tag,
    sampleIndex: episode.sampleIndex,
    tokens: Int32Array.from(episode.tokens),
    promptLength: episode.promptLength,
    lossMask,
    rolloutLogProbs,
    policyVersions,
    stopReason: episode.stopReason ?? 'abort',
    turns: episode.turns,
    responseText: written.join('\n'),
  };
}
