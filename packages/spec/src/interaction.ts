import type { Message } from './message.ts';
import type { Task } from './task.ts';

/** What an interaction learns of the episode it is started for. */
export interface InteractionContext {
  readonly task: Task;
  /** Root of the random choices of this interaction in this episode. */
  readonly seed: number;
  /** `interaction_kwargs` of the sample: any plain data. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Aborts when it took too long or the episode is closed. */
  readonly signal: AbortSignal;
}

/** What an interaction says to a turn of the policy. */
export interface InteractionResponse {
  /** Whether the episode is over. */
  readonly done: boolean;
  /** What the policy reads next, as a user's message; without effect when `done`. */
  readonly reply: string;
  /** Score of the turn that is answered. */
  readonly score?: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** An interaction in one episode, with whatever state it keeps there. */
export interface InteractionSession {
  /** Messages that stand after those of the task, before the first turn of the policy: the first screen of a game. */
  readonly opening?: readonly Message[];
  /** The answer to the last turn of the policy. `messages` is all that was said, those of the task included. */
  generateResponse(
    messages: readonly Message[],
    options: { readonly signal: AbortSignal },
  ): Promise<InteractionResponse>;
  /** Score of the whole; asked once, when the episode is over. */
  calculateScore?(options: { readonly signal: AbortSignal }): Promise<number>;
  /** Frees what the session holds; called once, whatever happened. */
  finalize?(): Promise<void>;
}

/** The other side of a conversation: a user, a game, a grader that lets try again. One object serves all episodes. */
export interface Interaction {
  readonly name: string;
  /** A session for one episode. */
  start(context: InteractionContext): Promise<InteractionSession>;
  /** Frees what sessions share; safe to call twice. */
  close?(): Promise<void>;
}
