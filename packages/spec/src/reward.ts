import type { ScoredGroup, StopReason, TrajectoryGroup } from './trajectory.ts';
import type { Message } from './message.ts';
import type { Metrics } from './policy.ts';
import type { Task } from './task.ts';

/** What a verifier found. `unverifiable` is neither right nor wrong: it never counts as 0. */
export type Verdict = 'correct' | 'incorrect' | 'unverifiable';

/** What a reward function sees. Plain data: it crosses threads. */
export interface RewardRequest {
  readonly task: Task;
  readonly responseText: string;
  readonly responseTokenCount: number;
  readonly stopReason: StopReason;
  /** Ids of the tokens the policy wrote, for rewards that count tokens rather than words. */
  readonly responseTokens?: ArrayLike<number>;
  /**
   * What policy and environment said after the prompt, in order: `assistant` messages are turns of the policy, with
   * the tools they call; `tool` and `user` messages are the environment's. Absent for a single answer.
   */
  readonly conversation?: readonly Message[];
  /** The score the environment gave each turn of the policy, in order; `null` where it gave none. */
  readonly turnScores?: readonly (number | null)[];
}

/** What a reward function answers. */
export interface RewardResult {
  readonly verdict: Verdict;
  /** The score, or `null` exactly when the verdict is `unverifiable`. */
  readonly score: number | null;
  /** Named components, e.g. `{ math_rule: 1, format: 0.5 }`, before weighting. `null` = that part failed. */
  readonly parts: Readonly<Record<string, number | null>>;
  /** One line per finding, for people: what was compared, which deadline passed, ... */
  readonly reasons: readonly string[];
  /**
   * Scores of steps: one per turn of the policy (`assistant` message of the conversation) in order, `null` where a
   * turn has none. For credit by turn; `score` stays that of the whole. Whoever composes rewards adds them up per
   * turn with the weights of their parts.
   */
  readonly stepScores?: readonly (number | null)[];
}

/** What a reward function gets beside its request. */
export interface RewardContext {
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch after which the thread is ended. */
  readonly deadline: number;
}

/** A reward: one request in, one result out. May throw; the pool turns that into `unverifiable`. */
export type RewardFunction = (request: RewardRequest, context: RewardContext) => RewardResult | Promise<RewardResult>;

/**
 * A reward that compares: it sees all responses to one task at once. One result per request, in their order; whatever
 * it throws, and a list of another length, makes the whole group `unverifiable`.
 */
export type GroupRewardFunction = (
  requests: readonly RewardRequest[],
  context: RewardContext,
) => readonly RewardResult[] | Promise<readonly RewardResult[]>;

/** Scores whole groups; what pipelines hold. */
export interface RewardScorer {
  /** Groups with results and rewards, in the order given. A sample that cannot be judged is `unverifiable`; it never rejects for one. */
  score(
    groups: readonly TrajectoryGroup[],
    options?: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (done: number, total: number) => void;
      /** Told once, when all is scored: counts of verdicts, failures, means and times, whole and by domain. */
      readonly onMetrics?: (metrics: Metrics) => void;
    },
  ): Promise<ScoredGroup[]>;
  /** Ends the threads; safe to call twice. */
  close(): Promise<void>;
}
