/** What a rollout scheduler counts. */
export interface RolloutCounts {
  /** Rollouts under way. */
  readonly running: number;
  /** Rollouts finished and taken for training since version 0. */
  readonly accepted: number;
  /** Updates of the weights so far. */
  readonly version: number;
}

/** Bounds of `rolloutCapacity`. */
export interface RolloutCapacityOptions {
  /** η: how many updates old a rollout may be when it is trained on. 0 is synchronous training. */
  readonly maxStaleness: number;
  /** Rollouts per update. Values below 1 count as 1. */
  readonly batchSize: number;
  /** Rollouts at a time. Values below 1 count as 1. */
  readonly maxConcurrent: number;
}

/**
 * The staleness gate: how many rollouts may start now so that none is older than `maxStaleness` updates when its turn
 * comes,
 *
 * `min(maxConcurrent − running, (maxStaleness + version + 1) · batchSize − (accepted + running))`.
 *
 * Below 0 where more are under way than may be. After a resume count `accepted` as `version · batchSize`.
 *
 * AReaL, arXiv:2505.24298.
 *
 * @throws RangeError for a count that is not finite or negative
 * @example
 * ```ts
 * const bounds = { maxStaleness: 1, batchSize: 4, maxConcurrent: 16 };
 * rolloutCapacity({ running: 3, accepted: 0, version: 0 }, bounds); // => 5
 * ```
 */
export function rolloutCapacity(counts: RolloutCounts, options: RolloutCapacityOptions): number {
  for (const [name, value] of Object.entries({ ...counts, ...options })) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`rolloutCapacity: ${name} must be a number from 0, given ${String(value)}`);
    }
  }
  const { running, accepted, version } = counts;
  const { maxStaleness, batchSize, maxConcurrent } = options;
  const free = Math.max(maxConcurrent, 1) - running;
  return Math.min(free, (maxStaleness + version + 1) * Math.max(batchSize, 1) - (accepted + running));
}
