import type { CollectGroups, Metrics, RewardScorer, ScoredGroup, Task } from '@rlloom/spec';

/** What an evaluation needs. */
export interface EvaluateOptions {
  readonly tasks: readonly Task[];
  readonly collect: CollectGroups;
  readonly rewards: RewardScorer;
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Told how many tasks are answered. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Greedy answers to every evaluation task, scored. */
export async function evaluate(options: EvaluateOptions): Promise<{ metrics: Metrics; groups: ScoredGroup[] }> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const groups = await options.collect(options.tasks, {
    mode: 'evaluate',
    seed: options.seed,
    ...signal,
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
  // Aborted answers are no answers: nothing is scored.
  if (options.signal?.aborted) return { metrics: {}, groups: [] };
  const scored = await options.rewards.score(groups);
  return { metrics: evaluationMetrics(scored), groups: scored };
}

/**
 * Accuracy (correct among all answers, unverifiable ones counted as not correct but also apart), the same by tag and
 * by difficulty, mean score and reward of the verified, share of truncated answers and mean answer length in tokens.
 */
export function evaluationMetrics(groups: readonly ScoredGroup[]): Metrics {
  const metrics: Record<string, number> = { ...answerMetrics('eval/', groups) };
  for (const [tag, some] of groupBy(groups, (group) => group.task.tag)) {
    metrics[`eval/${tag}/accuracy`] = accuracy(some);
  }
  for (const [level, some] of groupBy(groups, (group) => group.task.difficulty)) {
    if (level !== undefined) metrics[`eval/difficulty_${level}/accuracy`] = accuracy(some);
  }
  return metrics;
}

/**
 * Metrics of the answers in scored groups: accuracy, unverifiable share, truncation, length, and two means over the
 * verified. `score_mean` is of what rewards gave: it tells how good answers are. `reward_mean` is of what trains, after
 * normalising, domain weights and clipping: 0 where a domain is centred or standardised.
 */
export function answerMetrics(prefix: string, groups: readonly ScoredGroup[]): Metrics {
  const trajectories = groups.flatMap((group) => group.trajectories);
  const rewards = groups.flatMap((group) => group.rewards).filter((reward) => reward !== null);
  const results = groups.flatMap((group) => group.results);
  return {
    [`${prefix}accuracy`]: accuracy(groups),
    [`${prefix}score_mean`]: mean(results.flatMap(({ score }) => score ?? [])),
    [`${prefix}reward_mean`]: mean(rewards),
    [`${prefix}unverifiable_fraction`]: mean(results.map((result) => (result.verdict === 'unverifiable' ? 1 : 0))),
    [`${prefix}truncated_fraction`]: mean(
      trajectories.map((trajectory) => (trajectory.stopReason === 'length' ? 1 : 0)),
    ),
    [`${prefix}response_length_mean`]: mean(
      trajectories.map((trajectory) => trajectory.lossMask.reduce((a, b) => a + b, 0)),
    ),
  };
}

/** The mean of each named reward part over the samples where it could be computed. */
export function partMetrics(prefix: string, groups: readonly ScoredGroup[]): Metrics {
  const parts = new Map<string, number[]>();
  for (const result of groups.flatMap((group) => group.results)) {
    for (const [name, value] of Object.entries(result.parts)) {
      if (value !== null) parts.set(name, [...(parts.get(name) ?? []), value]);
    }
  }
  return Object.fromEntries([...parts].map(([name, values]) => [`${prefix}${name}`, mean(values)]));
}

function accuracy(groups: readonly ScoredGroup[]): number {
  return mean(groups.flatMap((group) => group.results).map((result) => (result.verdict === 'correct' ? 1 : 0)));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function groupBy<Key extends string | number | undefined>(
  groups: readonly ScoredGroup[],
  key: (group: ScoredGroup) => Key,
): [Key, ScoredGroup[]][] {
  const sorted = new Map<Key, ScoredGroup[]>();
  for (const group of groups) sorted.set(key(group), [...(sorted.get(key(group)) ?? []), group]);
  return [...sorted].sort(([a], [b]) => (a !== undefined && b !== undefined && a < b ? -1 : 1));
}
