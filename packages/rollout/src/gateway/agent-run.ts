import type { Task } from '@rlloom/spec';

/** What an agent is started with. */
export interface AgentRun {
  readonly task: Task;
  /** What an OpenAI client takes as its base URL. */
  readonly baseUrl: string;
  /** What it takes as its API key. */
  readonly apiKey: string;
  /** Takes `POST { "reward": 1 }`. */
  readonly rewardUrl: string;
  readonly rolloutId: string;
  readonly attempt: string;
  readonly mode: 'train' | 'evaluate';
  /** Place in the group. */
  readonly sampleIndex: number;
  /** Root of the random choices of this run. */
  readonly seed: number;
  /** Aborts when the run took too long or the caller gave up. */
  readonly signal: AbortSignal;
}

/** What an agent may tell about its run; a number is the reward. Nothing is fine: rewards may come from elsewhere. */
export type AgentOutcome =
  | number
  | void
  | {
      /** Of the whole. */
      readonly reward?: number;
      /** Of its answers, in the order they were given. */
      readonly scores?: readonly (number | null)[];
    };

/** Runs an agent to its end. What it throws is why the run failed. */
export type RunAgent = (run: AgentRun) => Promise<AgentOutcome>;
