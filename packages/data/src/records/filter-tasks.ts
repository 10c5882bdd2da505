import { RlloomError, type Task } from '@rlloom/spec';

/** What `filterTasks` keeps; absent or `null` = no limit. Bounds are inclusive. */
export interface TaskFilter {
  readonly tags?: readonly string[] | null | undefined;
  readonly minDifficulty?: number | null | undefined;
  readonly maxDifficulty?: number | null | undefined;
}

/** The tasks kept and how many were dropped for which reason (the first that applied). */
export interface FilteredTasks {
  readonly tasks: Task[];
  readonly dropped: {
    readonly byTag: number;
    /** Difficulty outside the bounds. */
    readonly byDifficulty: number;
    /** No difficulty in the record although a bound is set. */
    readonly withoutDifficulty: number;
  };
}

/**
 * Keeps tasks of some tags and a range of difficulty, in their order.
 *
 * @throws RlloomError `data` when nothing is left, naming the filter
 *
 * @example
 * ```ts
 * const task = (id: string, difficulty: number) => ({ id, tag: 'sum', difficulty, messages: [] });
 * const { tasks, dropped } = filterTasks([task('a', 1), task('b', 5)], { maxDifficulty: 3 });
 * tasks.length; // => 1
 * dropped.byDifficulty; // => 1
 * ```
 */
export function filterTasks(tasks: readonly Task[], filter: TaskFilter): FilteredTasks {
  const tags = filter.tags == null ? undefined : new Set(filter.tags);
  const minimum = filter.minDifficulty ?? Number.NEGATIVE_INFINITY;
  const maximum = filter.maxDifficulty ?? Number.POSITIVE_INFINITY;
  const isBounded = filter.minDifficulty != null || filter.maxDifficulty != null;
  const kept: Task[] = [];
  const dropped = { byTag: 0, byDifficulty: 0, withoutDifficulty: 0 };
  for (const task of tasks) {
    if (tags !== undefined && !tags.has(task.tag)) dropped.byTag++;
    else if (isBounded && task.difficulty === undefined) dropped.withoutDifficulty++;
    else if (isBounded && !(task.difficulty! >= minimum && task.difficulty! <= maximum)) dropped.byDifficulty++;
    else kept.push(task);
  }
  if (kept.length === 0) {
    const present = [...new Set(tasks.map((task) => task.tag))].sort();
    throw new RlloomError('data', {
      what: `the filter ${describeFilter(filter)} leaves none of ${tasks.length} tasks (${dropped.byTag} have another tag, ${dropped.byDifficulty} another difficulty, ${dropped.withoutDifficulty} no difficulty)`,
      where: 'data',
      fix: `widen the filter; the tags in the data are ${present.slice(0, 20).join(', ') || 'none'}`,
    });
  }
  return { tasks: kept, dropped };
}

function describeFilter(filter: TaskFilter): string {
  const parts = [
    ...(filter.tags == null ? [] : [`tags [${filter.tags.join(', ')}]`]),
    ...(filter.minDifficulty == null ? [] : [`min_difficulty ${filter.minDifficulty}`]),
    ...(filter.maxDifficulty == null ? [] : [`max_difficulty ${filter.maxDifficulty}`]),
  ];
  return parts.join(', ') || '(none)';
}
