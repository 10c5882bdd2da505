import type { RewardResult, Task, Verdict } from '@rlloom/spec';
import { createRewardPool, type RewardPoolOptions } from '../pool/reward-pool.ts';
import { checkRouting } from '../routing.ts';
import type { RewardsConfig } from '../rewards.config.ts';
import { writtenTrajectory } from './written-trajectory.ts';

/** A response whose verdict is known. */
export interface GoldenCase {
  readonly task: Task;
  readonly response: string;
  /** The verdict, or the score, that rewards must give. */
  readonly expected: Verdict | number;
}

/**
 * What is wrong with an answer: `false-positive` calls correct what is not, the worst there is, since a policy learns
 * it; `false-negative` does not call correct what is; `score` is another number; `other` mixes up incorrect and
 * unverifiable.
 */
export type GoldenMistakeKind = 'false-positive' | 'false-negative' | 'score' | 'other';

/** A case that rewards judge otherwise. */
export interface GoldenMistake {
  readonly kind: GoldenMistakeKind;
  readonly golden: GoldenCase;
  readonly result: RewardResult;
}

/** What `checkGolden` found. */
export interface GoldenCheck {
  readonly checked: number;
  /** False positives first, then in the order of the cases. */
  readonly mistakes: readonly GoldenMistake[];
}

const order: readonly GoldenMistakeKind[] = ['false-positive', 'false-negative', 'score', 'other'];

/**
 * Scores responses whose verdict is known with the rewards of their domains, and lists where these judge otherwise.
 *
 * @throws RlloomError as `checkRouting` and `createRewardPool` do
 * @example
 * ```ts
 * const config = rewardsConfig.parse({ domains: { math: { tags: ['*'], rewards: { answer: { type: 'math_rule' } } } } });
 * const task = { id: '1', tag: 'math', messages: [], groundTruth: { finalAnswer: '\\frac{1}{2}' } };
 * const cases = [{ task, response: 'It is 0.5', expected: 'correct' }, { task, response: 'It is 2', expected: 'incorrect' }] as const;
 * (await checkGolden(cases, config)).mistakes; // => []
 * ```
 */
export async function checkGolden(
  cases: readonly GoldenCase[],
  config: RewardsConfig,
  options: Omit<RewardPoolOptions, 'onStats'> = {},
): Promise<GoldenCheck> {
  const answered = cases.filter(({ expected }) => expected !== 'unverifiable').map(({ task }) => task);
  checkRouting(answered, config);
  // What is checked must not be taken from a cache, nor be logged as a verdict of a run.
  const pool = await createRewardPool({ ...config, cacheMb: null, audit: null }, options);
  const scored = await pool
    .score(cases.map(({ task, response }) => ({ task, trajectories: [writtenTrajectory(task, response)] })))
    .finally(() => pool.close());
  const mistakes = scored.flatMap(({ results }, index): GoldenMistake[] => {
    const [golden, result] = [cases[index]!, results[0]!];
    const kind = mistakeOf(golden.expected, result);
    return kind === undefined ? [] : [{ kind, golden, result }];
  });
  return {
    checked: cases.length,
    mistakes: mistakes.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)),
  };
}

function mistakeOf(expected: GoldenCase['expected'], { verdict, score }: RewardResult): GoldenMistakeKind | undefined {
  if (typeof expected === 'number') {
    return score !== null && Math.abs(score - expected) <= 1e-6 * Math.max(1, Math.abs(expected)) ? undefined : 'score';
  }
  if (verdict === expected) return undefined;
  if (verdict === 'correct') return 'false-positive';
  return expected === 'correct' ? 'false-negative' : 'other';
}
