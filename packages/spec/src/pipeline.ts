import type { Task } from './task.ts';
import type { Metrics } from './policy.ts';
import type { ScoredGroup, TrajectoryGroup } from './trajectory.ts';

/** Tasks in a seeded, resumable order. `@rlloom/data` implements it. */
export interface TaskStream {
  /** The next tasks to train on. */
  nextBatch(): Task[];
  /** Plain JSON from which `restore` continues exactly. */
  state(): unknown;
  /** Continues from a `state()` of a stream over the same tasks and seed. */
  restore(state: unknown): void;
}

/** Turns tasks into groups of trajectories: an engine and an environment behind one call. */
export type CollectGroups = (
  tasks: readonly Task[],
  options: {
    /** `train` samples groups, `evaluate` draws one greedy sample per task. */
    readonly mode: 'train' | 'evaluate';
    readonly seed: number;
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: number, total: number) => void;
  },
) => Promise<TrajectoryGroup[]>;

/** Where a pipeline that trains while others collect gets its batches. `@rlloom/rollout` implements it. */
export interface GroupSource {
  /**
   * Scored groups for the next update, waiting until there are enough; meanwhile, and afterwards, collection goes on.
   * `undefined` when `signal` ended the wait: then nothing was taken.
   *
   * @throws RlloomError what keeps groups from being collected
   */
  next(options: { readonly signal: AbortSignal }): Promise<readonly ScoredGroup[] | undefined>;
  /** Tells that so many updates are complete: the age of groups counts from it. */
  advance(completedUpdates: number): void;
  /** What was measured since the last call, with what rewards told of the groups scored since then. */
  takeMetrics(): Metrics;
  /** Writes groups that wait and the place in the tasks into a folder; work under way counts as not begun. */
  save(directory: string): Promise<void>;
  /** Continues from what `save` wrote, before the first `next`. */
  restore(directory: string, completedUpdates: number): Promise<void>;
  /** Ends work under way and waits until none is left; safe to call twice. */
  close(): Promise<void>;
}
