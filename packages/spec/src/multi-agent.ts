import type { GenerationResult } from './engine.ts';
import type { Message } from './message.ts';
import type { Task } from './task.ts';
import type { StopReason } from './trajectory.ts';

interface AgentRequestBase {
  /** One of the `agents` of the environment. */
  readonly agent: string;
  /** Most tokens it may write; at least 1. Default: what sampling says. Sampling's bound holds in any case. */
  readonly maxNewTokens?: number;
}

/** Asks an agent to begin a conversation: it gets the next number among those of this agent in the episode, from 0. */
export interface AgentPrompt extends AgentRequestBase {
  /** All the agent reads before it writes. At least one token. */
  readonly promptTokens: readonly number[] | Int32Array;
}

/** Asks an agent to go on with a conversation it has begun. */
export interface AgentContinuation extends AgentRequestBase {
  /** Token ids appended after what the agent wrote last; they never train. May be empty. */
  readonly observationTokens: readonly number[] | Int32Array;
  /** Which of the agent's conversations. Default: the one begun last. */
  readonly conversation?: number;
}

/** One agent is to write. */
export type AgentRequest = AgentPrompt | AgentContinuation;

/** A conversation of an agent in an episode. */
export interface AgentConversation {
  readonly agent: string;
  /** Number among the conversations of this agent, from 0. */
  readonly conversation: number;
}

/** What an agent wrote. */
export interface AgentGeneration extends AgentConversation {
  readonly result: GenerationResult;
}

/** What an episode of several agents says to what its agents wrote. */
export type MultiAgentStep =
  | {
      readonly done: false;
      /** Who writes next, all at the same time. At least one; a conversation at most once. */
      readonly requests: readonly AgentRequest[];
      /** Scores of the generations that are answered, in their order; `null` where there is none. */
      readonly turnScores?: readonly (number | null)[];
    }
  | {
      readonly done: true;
      readonly turnScores?: readonly (number | null)[];
      /** Scores of agents for the whole; each is added to the score of the agent's last turn. */
      readonly agentScores?: Readonly<Record<string, number>>;
      /** The conversations that hold the team's answer. Default: those that wrote last. */
      readonly answers?: readonly AgentConversation[];
      readonly metrics?: Readonly<Record<string, number>>;
      /** Why the episode ended, where it is not how generations ended. */
      readonly stopReason?: StopReason;
      /** The same for people. */
      readonly reason?: string;
    };

/** One episode of several agents: made, run once, discarded. There is no reset. */
export interface MultiAgentEpisode {
  /** Who writes first. May be done at once: then nobody wrote anything. */
  start(): Promise<MultiAgentStep>;
  /** Called with what was asked for last, in the order of the requests. */
  step(generations: readonly AgentGeneration[]): Promise<MultiAgentStep>;
  /** What was said in a conversation after its prompt so far, for rewards and people. */
  messages?(conversation: AgentConversation): readonly Message[];
  /** Frees what the episode holds; safe to call twice. */
  close?(): Promise<void>;
}

/** Makes episodes of several agents. Resources that episodes share belong to it. */
export interface MultiAgentEnvironment {
  readonly name: string;
  /** All that may be asked to write, each once. */
  readonly agents: readonly string[];
  /** A fresh episode of one task. `sampleIndex` is its place among those of the task; `seed` is the root of its random choices. */
  createEpisode(task: Task, context: { readonly sampleIndex: number; readonly seed: number }): MultiAgentEpisode;
  /** Frees what episodes share; safe to call twice. */
  close?(): Promise<void>;
}
