import type { RewardScorer, Task } from '@rlloom/spec';
import { createRewardPool, type RewardPoolOptions } from '../pool/reward-pool.ts';
import { checkRouting } from '../routing.ts';
import type { RewardsConfig } from '../rewards.config.ts';
import { writtenTrajectory } from './written-trajectory.ts';

/** Options of `checkRewards`. */
export interface CheckRewardsOptions extends Omit<RewardPoolOptions, 'onStats'> {
  /** Tasks that are tried, from the first. Default: all. */
  readonly limit?: number;
  /**
   * A response that deserves full marks, or `undefined` to leave the task out. Default: the final answer of its ground
   * truth in a `\boxed{}`.
   */
  readonly goldResponse?: (task: Task) => string | undefined;
}

/** A task whose own reference answer does not get full marks. */
export interface GoldProblem {
  readonly task: Task;
  readonly response: string;
  /** The parts of the reward without full marks, with their scores; `null` = could not be verified. */
  readonly parts: Readonly<Record<string, number | null>>;
  readonly reasons: readonly string[];
}

/** What `checkRewards` found. */
export interface RewardsCheck {
  /** Tasks that were tried. */
  readonly checked: number;
  /** Tasks without a response to try. */
  readonly leftOut: number;
  readonly problems: readonly GoldProblem[];
}

/**
 * Scores the reference answer of each task with the rewards of its domain and lists those that are not called
 * correct: a reward that refuses the gold answer teaches nonsense.
 *
 * @throws RlloomError as `checkRouting` and `createRewardPool` do
 * @example
 * ```ts
 * const config = rewardsConfig.parse({ domains: { math: { tags: ['*'], rewards: { answer: { type: 'math_rule' } } } } });
 * const task = { id: '1', tag: 'math', messages: [], groundTruth: { finalAnswer: '\\frac{1}{2}' } };
 * (await checkRewards([task], config)).problems; // => []
 * ```
 */
export async function checkRewards(
  tasks: readonly Task[],
  config: RewardsConfig,
  options: CheckRewardsOptions = {},
): Promise<RewardsCheck> {
  const { limit = tasks.length, goldResponse = boxedAnswer, ...poolOptions } = options;
  const some = tasks.slice(0, limit);
  checkRouting(some, config);
  const golden = some.flatMap((task) => {
    const response = goldResponse(task);
    return response === undefined ? [] : [{ task, response }];
  });
  // What is checked must not be taken from a cache, nor be logged as a verdict of a run.
  const pool = await createRewardPool({ ...config, cacheMb: null, audit: null }, poolOptions);
  const problems = await problemsOf(golden, pool).finally(() => pool.close());
  return { checked: golden.length, leftOut: some.length - golden.length, problems };
}

interface Golden {
  readonly task: Task;
  readonly response: string;
}

async function problemsOf(golden: readonly Golden[], pool: RewardScorer): Promise<GoldProblem[]> {
  const scored = await pool.score(
    golden.map(({ task, response }) => ({ task, trajectories: [writtenTrajectory(task, response)] })),
  );
  return scored.flatMap(({ results, objectives = [] }, index): GoldProblem[] => {
    const result = results[0]!;
    if (result.verdict === 'correct') return [];
    const parts = objectives.map(({ name }) => [name, result.parts[name] ?? null] as const);
    const lacking = parts.filter(([, score]) => score === null || score < 1);
    return [{ ...golden[index]!, parts: Object.fromEntries(lacking), reasons: result.reasons }];
  });
}

function boxedAnswer({ groundTruth }: Task): string | undefined {
  return groundTruth === undefined ? undefined : `\\boxed{${groundTruth.finalAnswer}}`;
}
