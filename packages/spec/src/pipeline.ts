import type { Task } from './task.ts';
import type { TrajectoryGroup } from './trajectory.ts';

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
