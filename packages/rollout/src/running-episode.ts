import {
  deriveSeed,
  type Environment,
  type Episode,
  type GenerationResult,
  isRlloomError,
  type Message,
  type StopReason,
  type Task,
  type Tokenizer,
  type Trajectory,
  type Turn,
} from '@rlloom/spec';

/** An episode in progress, and what it left when it is over. */
export interface RunningEpisode {
  readonly task: Task;
  readonly sampleIndex: number;
  readonly seed: number;
  /** Tells an engine which requests share a prefix. */
  readonly sessionId: string;
  /** `undefined` where the environment could not make one. */
  episode: Episode | undefined;
  promptLength: number;
  readonly tokens: number[];
  readonly generations: { readonly start: number; readonly result: GenerationResult }[];
  readonly turns: Turn[];
  readonly turnScores: (number | null)[];
  /** Set when the episode is over. */
  stopReason: StopReason | undefined;
  conversation: readonly Message[] | undefined;
  metrics: Readonly<Record<string, number>> | undefined;
  endReason: string | undefined;
  failure: string | undefined;
  /** What `close` threw: it concerns no sample, but somebody should know. */
  closeFailure: string | undefined;
}

/** An episode that is not open yet. */
export function newEpisode(task: Task, sampleIndex: number, root: number): RunningEpisode {
  const seed = deriveSeed(root, task.id, sampleIndex);
  return {
    ...{ task, sampleIndex, seed, sessionId: `${task.id}/${sampleIndex}/${seed}` },
    ...{ episode: undefined, promptLength: 0, tokens: [], generations: [], turns: [], turnScores: [] },
    ...{ stopReason: undefined, conversation: undefined, metrics: undefined },
    ...{ endReason: undefined, failure: undefined, closeFailure: undefined },
  };
}

/** Makes an episode and its first prompt. One that fails or is aborted is over. */
export async function openEpisode(
  running: RunningEpisode,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  await guarded(running, signal, async () => {
    const { task, sampleIndex, seed } = running;
    running.episode = environment.createEpisode(task, { sampleIndex, seed });
    const prompt = await orAborted(running.episode.start(), signal);
    running.promptLength = prompt.length;
    for (const token of prompt) running.tokens.push(token);
    running.turns.push({ author: 'prompt', start: 0, end: prompt.length });
  });
}

/** Adds what the policy wrote, and what the environment answers. */
export async function advance(running: RunningEpisode, result: GenerationResult, signal: AbortSignal): Promise<void> {
  const { tokens, turns, turnScores, generations } = running;
  const start = tokens.length;
  for (const token of result.tokens) tokens.push(token);
  generations.push({ start, result });
  turns.push({ author: 'policy', start, end: tokens.length });
  turnScores.push(null);
  if (result.stopReason === 'abort') return finish(running, 'abort');
  await guarded(running, signal, async () => {
    const step = await orAborted(running.episode?.step(result) ?? Promise.reject(new Error('no episode')), signal);
    if (step.score !== undefined) turnScores[turnScores.length - 1] = step.score;
    if (step.done) {
      running.metrics = step.metrics;
      running.endReason = step.reason;
      await finish(running, step.stopReason ?? result.stopReason);
      return;
    }
    const observed = tokens.length;
    for (const token of step.observationTokens) tokens.push(token);
    turns.push({ author: 'environment', start: observed, end: tokens.length });
  });
}

/** Ends an episode and frees what it holds. */
export async function finish(running: RunningEpisode, stopReason: StopReason, endReason?: string): Promise<void> {
  if (running.stopReason === undefined) {
    running.stopReason = stopReason;
    running.endReason ??= endReason;
    try {
      running.conversation = running.episode?.conversation?.();
    } catch (error) {
      running.failure ??= describe(error);
    }
  }
  await closeEpisode(running);
}

/** Frees what an episode holds; never rejects. */
export async function closeEpisode(running: RunningEpisode): Promise<void> {
  const { episode } = running;
  running.episode = undefined;
  try {
    await episode?.close?.();
  } catch (error) {
    running.closeFailure = describe(error);
  }
}

/** The trajectory of an episode that is over. */
export function toTrajectory(running: RunningEpisode, tokenizer: Pick<Tokenizer, 'decode'>): Trajectory {
  const length = running.tokens.length;
  const lossMask = new Uint8Array(length);
  const rolloutLogProbs = new Float32Array(length);
  const policyVersions = new Int32Array(length).fill(-1);
  for (const { start, result } of running.generations) {
    lossMask.fill(1, start, start + result.tokens.length);
    rolloutLogProbs.set(result.logProbs, start);
    policyVersions.set(result.policyVersions, start);
  }
  const { conversation, turnScores, metrics, endReason, failure } = running;
  const written = running.generations.map(({ result }) => tokenizer.decode(result.tokens, { skipSpecialTokens: true }));
  return {
    taskId: running.task.id,
    tag: running.task.tag,
    sampleIndex: running.sampleIndex,
    tokens: Int32Array.from(running.tokens),
    promptLength: running.promptLength,
    lossMask,
    rolloutLogProbs,
    policyVersions,
    stopReason: running.stopReason ?? 'abort',
    turns: running.turns,
    responseText: written.join('\n'),
    ...(conversation !== undefined && { conversation }),
    ...(turnScores.some((score) => score !== null) && { turnScores }),
    ...(metrics !== undefined && { episodeMetrics: metrics }),
    ...(endReason !== undefined && { endReason }),
    ...(failure !== undefined && { failure }),
  };
}

// Another sample would meet these again: a person has to do something.
const fatalKinds: ReadonlySet<string> = new Set(['config', 'data', 'model', 'storage', 'backend', 'interrupted']);

// Work of one episode: what it throws ends that episode, and the call only when it concerns all of them.
async function guarded(running: RunningEpisode, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return finish(running, 'abort');
    running.failure = describe(error);
    await finish(running, 'environment');
    if (isRlloomError(error) && fatalKinds.has(error.kind)) throw error;
  }
}

/** What `work` gives, or a rejection when the signal aborts and the work does not end by itself at once. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    // Work that is as good as done is not thrown away.
    onAbort = () => void setImmediate(() => reject(new Error('aborted')));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    aborted.catch(() => undefined);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
