import type { Message } from './message.ts';
import type { RewardResult } from './reward.ts';
import type { Task } from './task.ts';

/**
 * Why a generation ended.
 * - `eos`: the model produced an end-of-sequence token (it is the last token of the response).
 * - `length`: the token budget was spent.
 * - `stop`: a stop string matched.
 * - `abort`: the caller's signal ended it.
 * - `environment`: the environment ended the episode.
 */
export type StopReason = 'eos' | 'length' | 'stop' | 'abort' | 'environment';

/** A span of tokens inside a trajectory that one party wrote. `start` inclusive, `end` exclusive. */
export interface Turn {
  readonly author: 'prompt' | 'policy' | 'environment';
  readonly start: number;
  readonly end: number;
}

/**
 * One sampled episode, token-exact: it is never re-tokenised. All arrays have length `tokens.length` (T).
 */
export interface Trajectory {
  readonly taskId: string;
  readonly tag: string;
  /** Position of the sample in its group, 0-based. */
  readonly sampleIndex: number;
  /** Prompt and everything after it, no padding. `[T]` */
  readonly tokens: Int32Array;
  /** Number of leading tokens that are the first prompt. */
  readonly promptLength: number;
  /** 1 where the policy sampled the token and it trains, else 0. `[T]` */
  readonly lossMask: Uint8Array;
  /**
   * Natural-log probability of each sampled token under the policy at the sampling temperature
   * (before top-k / top-p / min-p truncation), as the engine computed it; 0 where `lossMask` is 0. `[T]`
   */
  readonly rolloutLogProbs: Float32Array;
  /** Version of the policy that sampled each token; -1 where `lossMask` is 0. `[T]` */
  readonly policyVersions: Int32Array;
  readonly stopReason: StopReason;
  readonly turns: readonly Turn[];
  /** The decoded text the policy wrote, special tokens skipped: for rewards and for people. */
  readonly responseText: string;
  /**
   * What policy and environment said after the prompt, in order; absent for a single answer. For rewards and people:
   * `tokens` are what trains.
   */
  readonly conversation?: readonly Message[];
  /** The score the environment gave each turn of the policy, in order; `null` where it gave none. */
  readonly turnScores?: readonly (number | null)[];
  /** Numbers the environment reports of the episode. */
  readonly episodeMetrics?: Readonly<Record<string, number>>;
  /** Why the episode ended, for people, where `stopReason` does not tell: which budget was spent. */
  readonly endReason?: string;
  /** Why the episode failed. Its tokens up to there are kept; it cannot be judged. Absent where nothing failed. */
  readonly failure?: string;
  /** The role that wrote it, where several took part in an episode. */
  readonly agent?: string;
  /** The episode it is part of, where one episode gives several trajectories. */
  readonly episodeId?: string;
  /** Whether it holds the answer of its episode, where one episode gives several trajectories. */
  readonly isAnswer?: boolean;
}

/** All samples of one task: the unit of group-relative advantages. */
export interface TrajectoryGroup {
  readonly task: Task;
  readonly trajectories: readonly Trajectory[];
}

/** One of several rewards of a group, kept apart for estimators that make each comparable by itself. */
export interface RewardObjective {
  readonly name: string;
  /** Factor of this reward in the score. */
  readonly weight: number;
  /** One per trajectory; `null` where it is unknown, or the trajectory as a whole could not be verified. */
  readonly rewards: readonly (number | null)[];
}

/**
 * Which groups are worth training on, by the scores of their verified trajectories: their mean is between two
 * thresholds, both excluded, or their sample deviation above one.
 */
export type GroupFilter =
  | { readonly type: 'mean_filter'; readonly thresholdDown: number; readonly thresholdUp: number }
  | { readonly type: 'std_filter'; readonly stdThreshold: number };

/** A group with its verdicts. */
export interface ScoredGroup extends TrajectoryGroup {
  /** One per trajectory, in the same order. */
  readonly results: readonly RewardResult[];
  /** The final scalar per trajectory after weighting and clipping; `null` where it could not be verified. */
  readonly rewards: readonly (number | null)[];
  /** The domain whose rewards scored it. */
  readonly domain?: string;
  /** The parts of the score, before weighting. */
  readonly objectives?: readonly RewardObjective[];
  /** The rule of its domain for leaving groups out of training. */
  readonly filter?: GroupFilter;
}
