import type { Task } from './task.ts';

/** What a model is told of a tool: OpenAI's function schema, which chat templates know. Plain data. */
export interface ToolSchema {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description: string;
    /** JSON Schema of the arguments. */
    readonly parameters: Readonly<Record<string, unknown>>;
  };
}

/** What a tool answers. */
export interface ToolResult {
  /** What the model reads. */
  readonly content: string;
  /** Score of the call; it counts for the turn that made it. */
  readonly score?: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Options of one sample, from its record: any plain data. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** What a tool learns of the episode it is created for. */
export interface ToolContext {
  readonly task: Task;
  /** Root of the random choices of this tool in this episode. */
  readonly seed: number;
  /** `create_kwargs` of the sample. */
  readonly kwargs: ToolArguments;
  /** Aborts when the tool took too long or the episode is closed. */
  readonly signal: AbortSignal;
}

/** What a tool learns of one call. */
export interface ToolCallContext {
  /** `execute_kwargs`, or those of `calculateReward` or `release`, of the sample. */
  readonly kwargs: ToolArguments;
  /** Aborts when the call took too long or the episode is closed. */
  readonly signal: AbortSignal;
}

/** A tool in one episode, with whatever state it keeps there. */
export interface ToolSession {
  /**
   * One call. Calls of one turn run at the same time. What it throws becomes an answer that the model reads as an
   * error: the episode goes on.
   */
  execute(callArguments: ToolArguments, context: ToolCallContext): Promise<ToolResult>;
  /** Reward of the state the episode left; asked once, when the episode is over. */
  calculateReward?(context: ToolCallContext): Promise<number>;
  /** Frees what the session holds; called once, whatever happened. */
  release?(context: ToolCallContext): Promise<void>;
}

/** Something a policy may call. One object serves all episodes. */
export interface Tool {
  readonly schema: ToolSchema;
  /** Milliseconds of one call, in place of what the environment allows all tools. */
  readonly callTimeoutMs?: number;
  /** A session for one episode; asked for at the first call of the tool. */
  create(context: ToolContext): Promise<ToolSession>;
  /** Frees what sessions share; safe to call twice. */
  close?(): Promise<void>;
}
