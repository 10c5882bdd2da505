import {
  type CollectGroups,
  deriveSeed,
  RlloomError,
  type Task,
  type Trajectory,
  type TrajectoryGroup,
} from '@rlloom/spec';
import pLimit from 'p-limit';
import type { AgentOutcome, RunAgent } from './agent-run.ts';
import type { Gateway } from './gateway.ts';
import type { SessionRecord, SessionSampling } from './session.ts';

/** What `createGatewayCollector` takes. */
export interface GatewayCollectorOptions {
  /** Listens already. */
  readonly gateway: Gateway;
  /** Runs the agent once: a function, or `agentCommand` of a program. */
  readonly runAgent: RunAgent;
  /** Runs per task in training (G); an evaluation runs each task once. */
  readonly groupSize: number;
  /** How tokens are drawn in training, whatever the agent asks for: the temperature the trainer uses. */
  readonly sampling: SessionSampling;
  /** The same of evaluations. Default: greedy, with the budget of training. */
  readonly evaluationSampling?: SessionSampling;
  /** Milliseconds a run may take. Default 600,000 */
  readonly agentTimeoutMs?: number;
  /** Runs at one time. Default 64 */
  readonly maxConcurrentAgents?: number;
  /** How often a run that failed without anything to train on is tried. Default 1 */
  readonly maxAttempts?: number;
  /** Rewards a run that its agent did not reward; `undefined` leaves it to whoever scores the groups. */
  readonly reward?: (record: SessionRecord) => number | undefined | Promise<number | undefined>;
  /** Told after each collection. */
  readonly onStatistics?: (statistics: CollectionStatistics) => void;
}

/** What became of the runs of one collection. */
export interface CollectionStatistics {
  readonly runs: number;
  readonly finished: number;
  /** Took too long. */
  readonly timedOut: number;
  /** Threw, or ended with an exit code. */
  readonly crashed: number;
  /** Ended without a call that was answered. */
  readonly silent: number;
  readonly retried: number;
  readonly calls: number;
  /** Callers that went away before they had their answer. */
  readonly disconnects: number;
  readonly trajectories: number;
  /** Trajectories that can train: they did not fail and hold tokens of the policy. */
  readonly usable: number;
}

type Ending = 'finished' | 'timedOut' | 'crashed' | 'silent';

interface FinishedRun {
  readonly record: SessionRecord;
  readonly ending: Ending;
  readonly reason: string | undefined;
  readonly retries: number;
}

/**
 * Collects groups by running an agent: for each task it opens `groupSize` sessions, runs the agent against each, and
 * hands over what it called as trajectories. Every run is accounted for: one that fails gives what it had, marked with
 * `failure`; one without an answered call gives an empty trajectory, marked the same.
 *
 * @returns a collector. It throws `RlloomError` `rollout` when no run gave anything to train on, with the reasons. When
 * its signal aborts, the runs are ended and what they had is returned with the failure `aborted`.
 */
export function createGatewayCollector(options: GatewayCollectorOptions): CollectGroups {
  const { groupSize, sampling, maxConcurrentAgents = 64, onStatistics } = options;
  const evaluationSampling = options.evaluationSampling ?? { ...sampling, temperature: 0, topK: 0, topP: 1, minP: 0 };
  let collections = 0;
  return async (tasks, { mode, seed, signal, onProgress }) => {
    const collection = collections++;
    const limit = pLimit(maxConcurrentAgents);
    const size = mode === 'train' ? groupSize : 1;
    const drawn = mode === 'train' ? sampling : evaluationSampling;
    let done = 0;
    const runs = await Promise.all(
      tasks.flatMap((task, place) =>
        Array.from({ length: size }, (_, sampleIndex) =>
          limit(async () => {
            const run = await runToItsEnd(options, {
              ...{ task, sampleIndex, mode, sampling: drawn, seed: deriveSeed(seed, task.id, sampleIndex) },
              rolloutId: `${task.id}:${mode}-${collection}-${place}`,
              signal: signal ?? new AbortController().signal,
            });
            done += 1;
            onProgress?.(done, tasks.length * size);
            return run;
          }),
        ),
      ),
    );
    const groups = tasks.map((task, place): TrajectoryGroup => {
      const own = runs.slice(place * size, (place + 1) * size);
      return { task, trajectories: own.flatMap(trajectoriesOf) };
    });
    const statistics = statisticsOf(runs, groups);
    onStatistics?.(statistics);
    if (statistics.usable === 0 && runs.length > 0 && signal?.aborted !== true) throw nothingUsable(runs, statistics);
    return groups;
  };
}

interface RunPlan {
  readonly task: Task;
  readonly sampleIndex: number;
  readonly mode: 'train' | 'evaluate';
  readonly sampling: SessionSampling;
  readonly seed: number;
  readonly rolloutId: string;
  readonly signal: AbortSignal;
}

async function runToItsEnd(options: GatewayCollectorOptions, plan: RunPlan): Promise<FinishedRun> {
  const { maxAttempts = 1 } = options;
  for (let retries = 0; ; retries++) {
    const run = await runOnce(options, plan, retries);
    if (run.ending === 'finished' || run.record.calls > 0 || retries + 1 >= maxAttempts || plan.signal.aborted)
      return run;
  }
}

async function runOnce(
  { gateway, runAgent, reward, agentTimeoutMs = 600_000 }: GatewayCollectorOptions,
  { task, sampleIndex, mode, sampling, seed, rolloutId, signal }: RunPlan,
  retries: number,
): Promise<FinishedRun> {
  const attempt = retries === 0 ? String(sampleIndex) : `${sampleIndex}-retry-${retries}`;
  const session = gateway.openSession({
    rolloutId,
    attempt,
    task,
    sampleIndex,
    seed: deriveSeed(seed, 'attempt', retries),
    sampling,
  });
  const deadline = AbortSignal.timeout(agentTimeoutMs);
  const ended = AbortSignal.any([signal, deadline]);
  let failure: string | undefined;
  try {
    const agent = runAgent({
      ...session,
      task,
      apiKey: gateway.token ?? 'none',
      mode,
      sampleIndex,
      seed,
      signal: ended,
    });
    const outcome = await untilAborted(agent, ended);
    if (outcome !== undefined) gateway.reward(session, typeof outcome === 'number' ? { reward: outcome } : outcome);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const timedOut = deadline.aborted && !signal.aborted && failure !== undefined;
  if (signal.aborted) failure = 'aborted';
  else if (timedOut) failure = `the agent took more than ${agentTimeoutMs} ms`;
  const record = gateway.endSession(session, failure === undefined ? {} : { failure });
  if (record === undefined)
    throw new RlloomError('rollout', { what: `the session of ${rolloutId} was ended by somebody else` });
  const rewarded = failure === undefined ? await withReward(record, reward) : record;
  const ending: Ending = timedOut
    ? 'timedOut'
    : failure !== undefined
      ? 'crashed'
      : record.calls === 0
        ? 'silent'
        : 'finished';
  const reason = failure ?? (ending === 'silent' ? silence(record) : undefined);
  return { record: rewarded, ending, reason, retries };
}

// An agent that does not heed its signal is left alone: its session ends, and its calls are refused.
async function untilAborted(agent: Promise<AgentOutcome>, signal: AbortSignal): Promise<AgentOutcome> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('aborted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([agent, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    agent.catch(() => undefined);
  }
}

async function withReward(record: SessionRecord, reward: GatewayCollectorOptions['reward']): Promise<SessionRecord> {
  if (reward === undefined || record.reward !== undefined) return record;
  const value = await reward(record);
  if (value === undefined) return record;
  const trajectories = record.trajectories.map((trajectory) => {
    const scores =
      trajectory.turnScores ?? trajectory.turns.flatMap(({ author }) => (author === 'policy' ? [null] : []));
    return { ...trajectory, turnScores: scores.with(-1, (scores.at(-1) ?? 0) + value) };
  });
  return { ...record, trajectories, reward: value };
}

function silence({ errors, lastError }: SessionRecord): string {
  return errors === 0 ? 'the agent made no call' : `none of its ${errors} calls could be answered: ${lastError}`;
}

// Every sample has its place in the group, so that what failed is seen and counted.
function trajectoriesOf({ record, reason }: FinishedRun): readonly Trajectory[] {
  if (record.trajectories.length > 0) return record.trajectories;
  return [
    {
      ...{ taskId: record.task.id, tag: record.task.tag, sampleIndex: record.sampleIndex },
      ...{ tokens: new Int32Array(), promptLength: 0, lossMask: new Uint8Array(), rolloutLogProbs: new Float32Array() },
      ...{ policyVersions: new Int32Array(), stopReason: 'abort', turns: [], responseText: '' },
      failure: reason ?? 'the agent made no call',
    },
  ];
}

function statisticsOf(runs: readonly FinishedRun[], groups: readonly TrajectoryGroup[]): CollectionStatistics {
  const count = (ending: Ending): number => runs.filter((run) => run.ending === ending).length;
  const sum = (of: (run: FinishedRun) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const trajectories = groups.flatMap((group) => group.trajectories);
  return {
    ...{ runs: runs.length, finished: count('finished'), timedOut: count('timedOut') },
    ...{ crashed: count('crashed'), silent: count('silent'), retried: sum(({ retries }) => retries) },
    calls: sum(({ record }) => record.calls),
    disconnects: sum(({ record }) => record.disconnects),
    trajectories: trajectories.length,
    usable: trajectories.filter(({ failure, lossMask }) => failure === undefined && lossMask.includes(1)).length,
  };
}

function nothingUsable(runs: readonly FinishedRun[], { timedOut, crashed, silent }: CollectionStatistics): RlloomError {
  const counts = [
    ...(timedOut > 0 ? [`${timedOut} took too long`] : []),
    ...(crashed > 0 ? [`${crashed} failed`] : []),
    ...(silent > 0 ? [`${silent} ended without an answered call`] : []),
  ];
  const { reason } = runs.find((run) => run.reason !== undefined) ?? { reason: undefined };
  return new RlloomError('rollout', {
    what: `none of ${runs.length} runs of the agent gave anything to train on: ${counts.join(', ')}`,
    ...(reason !== undefined && { where: `the first: ${reason}` }),
    fix: 'run the agent by hand against the base URL of a session (OPENAI_BASE_URL), and see what it calls and prints',
  });
}
