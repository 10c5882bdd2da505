import { rolloutCapacity } from '@rlloom/core/arrays';

/** Bounds of rollouts that run beside training, in groups and updates. */
export interface RolloutBounds {
  /** Groups of one update. */
  readonly batchSize: number;
  /** How many updates old a group may be when it is trained on; 0 = of the present weights. */
  readonly maxStaleness: number;
  /** Groups collected at a time. */
  readonly maxConcurrent: number;
  /** Groups begun beyond what the next update needs, while it waits for them. Default 0. */
  readonly surplus?: number;
}

/** What a scheduler of rollouts knows. */
export interface RolloutState {
  /** Complete updates. */
  readonly completed: number;
  /** Whether an update is at work on its groups. */
  readonly isTraining: boolean;
  /** Groups being collected. */
  readonly running: number;
  /** Groups that wait for their first update and are young enough. */
  readonly fresh: number;
}

/**
 * How many groups may be begun now, so that none is older than `maxStaleness` when its turn comes: AReaL's gate
 * (`rolloutCapacity` of core, arXiv:2505.24298) with `completed · batchSize` groups behind it, those of an update at work,
 * and those that wait. Groups that are dropped or fail make room again.
 *
 * It bounds groups that are taken in the order they were begun; what else is taken is checked when it is.
 *
 * @example
 * ```ts
 * const bounds = { batchSize: 4, maxStaleness: 1, maxConcurrent: 16 };
 * groupsToBegin({ completed: 0, isTraining: false, running: 0, fresh: 0 }, bounds); // => 8
 * groupsToBegin({ completed: 0, isTraining: true, running: 3, fresh: 0 }, bounds); // => 1
 * ```
 */
export function groupsToBegin(state: RolloutState, bounds: RolloutBounds): number {
  const { completed, isTraining, running, fresh } = state;
  const { batchSize, maxStaleness, maxConcurrent, surplus = 0 } = bounds;
  const accepted = (completed + (isTraining ? 1 : 0)) * batchSize + fresh;
  const young = rolloutCapacity(
    { running, accepted, version: completed },
    { maxStaleness, batchSize, maxConcurrent: Number.MAX_SAFE_INTEGER },
  );
  return Math.max(0, Math.min(maxConcurrent - running, young + (isTraining ? 0 : surplus)));
}

/**
 * Whether groups can all be trained on in time by the updates after the next one: at most `n · batchSize` of them have
 * to go into the first `n` of these.
 *
 * @param begun updates that were complete when each group was begun
 * @example
 * ```ts
 * const state = { completed: 3, batchSize: 1, maxStaleness: 2 };
 * fitsLaterUpdates([2, 3], state); // => true
 * fitsLaterUpdates([2, 2], state); // => false
 * fitsLaterUpdates([1], state); // => false
 * ```
 */
export function fitsLaterUpdates(
  begun: readonly number[],
  { completed, batchSize, maxStaleness }: { completed: number; batchSize: number; maxStaleness: number },
): boolean {
  const lastChances = begun.map((one) => one + maxStaleness - completed).sort((a, b) => a - b);
  return lastChances.every((updates, index) => index < Math.max(0, updates) * batchSize);
}
