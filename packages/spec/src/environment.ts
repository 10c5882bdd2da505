import type { GenerationResult } from './engine.ts';
import type { Message } from './message.ts';
import type { Task } from './task.ts';
import type { StopReason } from './trajectory.ts';

/** What an episode answers to a generation of the policy. */
export type EpisodeStep =
  | {
      readonly done: true;
      readonly score?: number;
      readonly metrics?: Readonly<Record<string, number>>;
      /** Why the episode ended, where it is not how the last generation ended: `environment`, or `length` for a budget. */
      readonly stopReason?: StopReason;
      /** The same for people, e.g. which budget was spent. */
      readonly reason?: string;
    }
  | {
      readonly done: false;
      /** Token ids appended after the generated ones; they never train. */
      readonly observationTokens: readonly number[] | Int32Array;
      readonly score?: number;
    };

/** One episode: made, run once, discarded. There is no reset. */
export interface Episode {
  /** Token ids of the first prompt. */
  start(): Promise<Int32Array>;
  /** Most tokens the next generation may have, where the episode has a budget; never below 1. Default: the sampling's. */
  maxNewTokens?(): number;
  /** Called after each generation with what the policy wrote. */
  step(generation: GenerationResult): Promise<EpisodeStep>;
  /** What policy and environment said after the prompt so far, for rewards and people. */
  conversation?(): readonly Message[];
  /** Frees what the episode holds; safe to call twice. */
  close?(): Promise<void>;
}

/** Makes episodes. Resources that episodes share belong to it. */
export interface Environment {
  readonly name: string;
  /** A fresh episode of one task. `sampleIndex` is its place in the group; `seed` is the root of its random choices. */
  createEpisode(task: Task, context: { readonly sampleIndex: number; readonly seed: number }): Episode;
  /** Frees what episodes share; safe to call twice. */
  close?(): Promise<void>;
}
