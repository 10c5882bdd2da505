import {
  type CollectGroups,
  deriveSeed,
  type GroupSource,
  isRlloomError,
  RlloomError,
  type RewardScorer,
  type ScoredGroup,
  type Task,
  type TaskStream,
} from '@rlloom/spec';
import type { BufferedGroup, TrajectoryBuffer } from '../buffer/trajectory-buffer.ts';
import { createRewardTally } from './reward-tally.ts';
import { fitsLaterUpdates, groupsToBegin, type RolloutBounds } from './rollout-gate.ts';
import { createRolloutTally, type RolloutCounts } from './rollout-tally.ts';
import { bufferFile, readSourceState, writeSourceState } from './source-state.ts';

/** Options of `createGroupSource`. */
export interface GroupSourceOptions extends Omit<RolloutBounds, 'surplus'> {
  readonly stream: TaskStream;
  readonly collect: CollectGroups;
  readonly rewards: Pick<RewardScorer, 'score'>;
  /** Closed with the source. Its filter decides which groups are worth training on. */
  readonly buffer: TrajectoryBuffer;
  /** Root of all sample streams. */
  readonly seed: number;
  /**
   * Groups that would be too old after the next update: `wait` for those still being collected, or go on without them
   * and `drop` them (what runs is ended, its task comes again). Default `wait`.
   */
  readonly onStale?: 'wait' | 'drop';
  /** Groups begun for each that is needed; those that are late when a batch is full are ended. Needs `drop`. Default 1. */
  readonly overSampling?: number;
  /** Most groups begun for one update: the bound of dynamic sampling. Default: none. */
  readonly maxBegunPerBatch?: number;
  /** What happens when that many were not enough: an error, or an update of those that there are. Default `error`. */
  readonly whenShort?: 'error' | 'smaller_batch';
  /** How often a task may fail before the source does. Default 3. */
  readonly maxFailures?: number;
}

/** A source with its counts. */
export interface AsynchronousGroupSource extends GroupSource {
  /** What became of every group that was begun. */
  readonly counts: RolloutCounts & { readonly running: number };
}

interface WaitingTask {
  readonly task: Task;
  readonly failures: number;
}

interface RunningGroup extends WaitingTask {
  readonly begun: number;
  readonly controller: AbortController;
  done: Promise<void>;
}

/**
 * Collects and scores groups, each by itself and many at a time, while the policy trains; how far ahead of training is
 * bounded by `maxStaleness`. Nothing begins before the first `next`. Where `collect` gives several groups for a task, as
 * for a team, they count as one and stay together.
 *
 * Every group that is begun ends up in one of `counts`: finished, filtered, returned or failed. Groups that got too old in
 * the buffer are among the buffer's `dropped`. The last two and groups under way at a checkpoint lose no task: it comes
 * again, with random numbers of its own. How work interleaves depends on time, so a run is not reproducible to the bit,
 * but with `maxStaleness` 0 and neither surplus nor failures.
 *
 * @throws RlloomError `config` for bounds that contradict each other
 */
export function createGroupSource(options: GroupSourceOptions): AsynchronousGroupSource {
  const { stream, collect, rewards, buffer, seed, batchSize, maxStaleness } = options;
  const { onStale = 'wait', overSampling = 1, maxBegunPerBatch = Number.POSITIVE_INFINITY } = options;
  const { whenShort = 'error', maxFailures = 3 } = options;
  checkBounds(options);
  const bounds = { ...options, surplus: Math.round((overSampling - 1) * batchSize) };
  const tally = createRolloutTally();
  const judged = createRewardTally();
  const running = new Set<RunningGroup>();
  let waiting: WaitingTask[] = [];
  let begunGroups = 0;
  let begunForBatch = 0;
  let completed = 0;
  let isTraining = false;
  let isStarted = false;
  let isClosed = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;

  const age = ({ begun }: { readonly begun: number }): number => completed - begun;
  const isTooOld = (group: { readonly begun: number }): boolean => age(group) > maxStaleness;
  // Its last chance is the next update, or was.
  const isDue = (group: { readonly begun: number }): boolean => age(group) >= maxStaleness;
  // Where all are waited for, the oldest go first: any other order may leave more behind than later updates can take.
  const rank = (group: BufferedGroup): number =>
    group.uses > 0 ? Number.MAX_SAFE_INTEGER : onStale === 'wait' ? group.begun : isDue(group) ? 0 : 1;

  const capacity = (): number => {
    if (isClosed || !isStarted || failure !== undefined) return 0;
    const fresh = buffer.groups.filter((group) => group.uses === 0 && !isTooOld(group)).length;
    return Math.min(
      groupsToBegin({ completed, isTraining, running: running.size, fresh }, bounds),
      buffer.maxGroups - buffer.size - running.size,
      maxBegunPerBatch - begunForBatch,
    );
  };
  const launch = (): void => {
    try {
      for (let free = capacity(); free >= 1; free--) begin(nextTask());
    } catch (error) {
      failure ??= error as Error;
    }
    tally.enter(running.size > 0 ? 'collecting' : isTraining ? 'held back' : 'idle');
  };
  const nextTask = (): WaitingTask => {
    if (waiting.length === 0) waiting = stream.nextBatch().map((task) => ({ task, failures: 0 }));
    const next = waiting.shift();
    if (next === undefined) throw new RlloomError('data', { what: 'there are no tasks', where: 'data.train' });
    return next;
  };
  const begin = ({ task, failures }: WaitingTask): void => {
    const group: RunningGroup = {
      task,
      failures,
      begun: completed,
      controller: new AbortController(),
      done: Promise.resolve(),
    };
    const number = (begunGroups += 1);
    begunForBatch += 1;
    tally.count('begun');
    running.add(group);
    group.done = run(group, number).then((outcome) => {
      running.delete(group);
      tally.count(outcome);
      launch();
      wake();
    });
  };
  const run = async (group: RunningGroup, number: number): Promise<Exclude<keyof RolloutCounts, 'begun'>> => {
    const { signal } = group.controller;
    try {
      const collected = await collect([group.task], {
        mode: 'train',
        seed: deriveSeed(seed, 'rollout', number),
        signal,
      });
      if (!signal.aborted && collected.length === 0) throw new Error('it gave no group');
      const scored = signal.aborted
        ? []
        : await rewards.score(collected, { signal, onMetrics: (told) => judged.add(told) });
      // Aborted answers and verdicts are none; what got in before the signal is.
      const entry = signal.aborted ? undefined : await buffer.add(scored, { begun: group.begun, signal });
      if (entry !== undefined) return 'finished';
      return signal.aborted ? comeAgain(group) : 'filtered';
    } catch (error) {
      return signal.aborted ? comeAgain(group) : fail(group, error);
    }
  };
  const comeAgain = ({ task, failures }: WaitingTask): 'returned' => {
    waiting.unshift({ task, failures });
    return 'returned';
  };
  const fail = ({ task, failures }: WaitingTask, error: unknown): 'failed' => {
    waiting.unshift({ task, failures: failures + 1 });
    const isFinal = isRlloomError(error) && error.kind === 'storage';
    if (!isFinal && failures + 1 < maxFailures) return 'failed';
    failure ??= isFinal
      ? error
      : new RlloomError(isRlloomError(error) ? error.kind : 'rollout', {
          what: `the group of task ${task.id} could not be collected, ${failures + 1} times: ${messageOf(error)}`,
          where: 'rollout',
          fix: 'look at the cause; the run can be resumed from its last checkpoint',
          cause: error,
        });
    return 'failed';
  };
  const giveOut = async (count: number): Promise<readonly ScoredGroup[]> => {
    const taken: readonly BufferedGroup[] = await buffer.take(count, { rank });
    isTraining = true;
    begunForBatch = 0;
    tally.taken(taken.map(age));
    if (onStale === 'drop') for (const group of running) if (isDue(group)) group.controller.abort();
    launch();
    return taken.flatMap(({ scored }) => scored);
  };
  const changed = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      wake = done;
      void buffer.changed().then(done);
      signal.addEventListener('abort', done);
    });
  const isReady = (): boolean => {
    if (buffer.size < batchSize || onStale === 'drop') return buffer.size >= batchSize;
    const fresh = buffer.groups.filter(({ uses }) => uses === 0).map(({ begun }) => begun);
    const left = fresh.sort((a, b) => a - b).slice(batchSize);
    return fitsLaterUpdates([...left, ...[...running].map(({ begun }) => begun)], {
      completed,
      batchSize,
      maxStaleness,
    });
  };

  return {
    get counts() {
      return { ...tally.counts, running: running.size };
    },
    async next({ signal }) {
      isStarted = true;
      const from = performance.now();
      try {
        for (;;) {
          if (signal.aborted || isClosed) return undefined;
          await buffer.drop(isTooOld, 'stale');
          launch();
          if (failure !== undefined) throw failure;
          if (isReady()) return await giveOut(batchSize);
          if (running.size === 0 && begunForBatch >= maxBegunPerBatch) {
            if (whenShort === 'smaller_batch' && buffer.size > 0) return await giveOut(batchSize);
            throw tooFew({ found: buffer.size, begun: begunForBatch, batchSize });
          }
          await changed(signal);
        }
      } finally {
        tally.waitedForGroups((performance.now() - from) / 1000);
      }
    },
    advance(updates) {
      completed = updates;
      isTraining = false;
      launch();
    },
    takeMetrics: () => ({
      ...tally.take(),
      ...judged.take(),
      'buffer/size': buffer.size,
      'rollout/groups_running': running.size,
    }),
    async save(directory) {
      const tasks = [...running, ...waiting].map(({ task }) => task);
      const state = { begun: begunGroups, waiting: tasks, stream: stream.state() };
      await Promise.all([buffer.save(bufferFile(directory)), writeSourceState(directory, state)]);
    },
    async restore(directory, updates) {
      completed = updates;
      const state = await readSourceState(directory);
      if (state === undefined) return;
      begunGroups = state.begun;
      waiting = state.waiting.map((task) => ({ task, failures: 0 }));
      stream.restore(state.stream);
      await buffer.restore(bufferFile(directory));
    },
    async close() {
      isClosed = true;
      for (const { controller } of running) controller.abort();
      await Promise.all([...running].map(({ done }) => done));
      wake();
      await buffer.close();
    },
  };
}

function checkBounds(options: GroupSourceOptions): void {
  const { batchSize, buffer, onStale = 'wait', overSampling = 1, maxConcurrent } = options;
  const { maxBegunPerBatch = Number.POSITIVE_INFINITY } = options;
  const problem =
    buffer.maxGroups < batchSize
      ? `a buffer of ${buffer.maxGroups} groups never holds the ${batchSize} of an update`
      : overSampling < 1
        ? `over-sampling by ${overSampling} begins fewer groups than an update needs`
        : overSampling > 1 && onStale === 'wait'
          ? 'over-sampling ends groups that are late, and stale groups are waited for'
          : maxBegunPerBatch < batchSize
            ? `at most ${maxBegunPerBatch} groups begun never make the ${batchSize} of an update`
            : maxConcurrent < 1
              ? 'no group may be collected at a time'
              : undefined;
  if (problem === undefined) return;
  throw new RlloomError('config', { what: problem, where: 'rollout', fix: 'change one of the two' });
}

function tooFew({ found, begun, batchSize }: { found: number; begun: number; batchSize: number }): RlloomError {
  return new RlloomError('rollout', {
    what: `${begun} groups were sampled and ${found} of them are worth training on; an update needs ${batchSize}`,
    where: 'rollout.dynamic_sampling',
    fix: 'raise max_generations, choose tasks that are neither all right nor all wrong, or allow when_short: smaller_batch',
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
