import {
  deriveSeed,
  isRlloomError,
  type Message,
  type Task,
  type Tool,
  type ToolArguments,
  type ToolCall,
  type ToolSession,
} from '@rlloom/spec';
import { DeadlinePassed, withinDeadline } from '../within-deadline.ts';
import { toolKwargsOf } from './tool-kwargs.ts';
import { type TruncationSide, truncateText } from './truncate-text.ts';

/** Bounds of calls. */
export interface ToolLimits {
  /** Milliseconds of one call, the creation of its tool, its reward or its release; a tool may say another. Default 30,000 */
  readonly callTimeoutMs: number;
  /** Characters of an answer the model reads. Default 4096 */
  readonly maxAnswerLength: number;
  /** Where a longer answer is cut. Default `middle` */
  readonly truncation: TruncationSide;
  /** Calls of one turn; further ones are answered by an error. Default 8 */
  readonly maxParallelCalls: number;
}

/** The bounds where none are given. */
export const defaultToolLimits: ToolLimits = {
  callTimeoutMs: 30_000,
  maxAnswerLength: 4096,
  truncation: 'middle',
  maxParallelCalls: 8,
};

/** Options of {@link createToolBox}. */
export interface ToolBoxOptions {
  readonly tools: readonly Tool[];
  readonly task: Task;
  readonly seed: number;
  readonly limits: ToolLimits;
  /** Aborts when the episode is closed. */
  readonly signal: AbortSignal;
}

/** What came of the calls of a turn. */
export interface ToolAnswers {
  /** One message per call, in order. */
  readonly messages: readonly Message[];
  /** Sum of the scores of the calls; `null` when none has one. */
  readonly score: number | null;
}

/** The tools of one episode. */
export interface ToolBox {
  /** Runs the calls of one turn at the same time. Rejects only when the episode is closed. */
  run(calls: readonly ToolCall[]): Promise<ToolAnswers>;
  /** The rewards of the tools that were used, by name, and numbers the calls reported. */
  metrics(): Promise<Record<string, number>>;
  /** Releases every tool that was created; safe to call twice. */
  release(): Promise<void>;
}

/**
 * The tools of one episode, each created at its first call. Whatever a call does (throw, hang, answer without end, name
 * a tool that does not exist), the model gets a bounded answer, errors beginning with `Error: `.
 */
export function createToolBox({ tools, task, seed, limits, signal }: ToolBoxOptions): ToolBox {
  const sessions = new Map<string, Promise<ToolSession>>();
  const byName = new Map(tools.map((tool) => [tool.schema.function.name, tool]));
  const counts: Record<string, number> = { tool_calls: 0, tool_errors: 0 };
  let released = false;
  const timeoutOf = (name: string): number => byName.get(name)?.callTimeoutMs ?? limits.callTimeoutMs;
  const kwargs = (name: string, kind: Parameters<typeof toolKwargsOf>[2]): ToolArguments =>
    toolKwargsOf(task, name, kind);
  const sessionOf = (tool: Tool, name: string): Promise<ToolSession> => {
    const known = sessions.get(name);
    if (known !== undefined) return known;
    const made = withinDeadline(timeoutOf(name), signal, (own) => {
      const created = tool.create({
        ...{ task, kwargs: kwargs(name, 'create_kwargs'), signal: own },
        seed: deriveSeed(seed, 'tool', name),
      });
      // One that comes too late is not kept: nobody would release it.
      const late = (session: ToolSession): unknown =>
        (own.aborted || released) && session.release?.({ kwargs: {}, signal: AbortSignal.abort() });
      void created.then(late).catch(() => undefined);
      return created;
    });
    sessions.set(name, made);
    // A tool that could not be created is tried again by the next call.
    made.catch(() => sessions.delete(name));
    return made;
  };

  const answer = async (call: ToolCall): Promise<{ content: string; score: number | null }> => {
    const { name, arguments: written } = call.function;
    counts['tool_calls'] = (counts['tool_calls'] ?? 0) + 1;
    try {
      const tool = byName.get(name);
      if (tool === undefined) {
        throw new Error(
          `there is no tool ${JSON.stringify(name.slice(0, 100))}; there are: ${[...byName.keys()].join(', ')}`,
        );
      }
      const given = JSON.parse(written) as ToolArguments;
      const session = await sessionOf(tool, name);
      const result = await withinDeadline(timeoutOf(name), signal, (own) =>
        session.execute(given, { kwargs: kwargs(name, 'execute_kwargs'), signal: own }),
      );
      for (const [key, value] of Object.entries(result.metrics ?? {})) {
        counts[`${name}/${key}`] = (counts[`${name}/${key}`] ?? 0) + value;
      }
      return { content: String(result.content), score: result.score ?? null };
    } catch (error) {
      // The episode was closed: there is nobody to answer.
      signal.throwIfAborted();
      counts['tool_errors'] = (counts['tool_errors'] ?? 0) + 1;
      return { content: `Error: ${describe(error, name)}`, score: null };
    }
  };

  return {
    async run(calls) {
      const results = await Promise.all(
        calls.map(async (call, index) =>
          index < limits.maxParallelCalls
            ? answer(call)
            : { content: `Error: at most ${limits.maxParallelCalls} calls at a time; call it again`, score: null },
        ),
      );
      const scores = results.flatMap(({ score }) => (score === null ? [] : [score]));
      return {
        messages: results.map(({ content }, index) => ({
          role: 'tool',
          content: truncateText(content, { maxLength: limits.maxAnswerLength, side: limits.truncation }),
          name: calls[index]?.function.name ?? '',
          toolCallId: calls[index]?.id ?? '',
        })),
        score: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0),
      };
    },
    async metrics() {
      const rewards = await Promise.all(
        [...sessions].map(async ([name, made]) => {
          const session = await made.catch(() => undefined);
          if (session?.calculateReward === undefined) return [];
          const context = { kwargs: kwargs(name, 'calc_reward_kwargs') };
          const reward = await withinDeadline(timeoutOf(name), signal, (own) =>
            Promise.resolve(session.calculateReward?.({ ...context, signal: own }) ?? 0),
          );
          return [[`tool_reward/${name}`, reward] as const];
        }),
      );
      return { ...counts, ...Object.fromEntries(rewards.flat()) };
    },
    async release() {
      if (released) return;
      released = true;
      await Promise.all(
        [...sessions].map(async ([name, made]) => {
          const session = await made.catch(() => undefined);
          // What fails or hangs in a release concerns no sample any more.
          await withinDeadline(timeoutOf(name), new AbortController().signal, (own) =>
            Promise.resolve(session?.release?.({ kwargs: kwargs(name, 'release_kwargs'), signal: own })),
          ).catch(() => undefined);
        }),
      );
      sessions.clear();
    },
  };
}

function describe(error: unknown, name: string): string {
  if (error instanceof DeadlinePassed) return `${name} gave ${error.message}`;
  const text = isRlloomError(error) ? error.what : error instanceof Error ? error.message : String(error);
  return text === '' ? `${name} failed` : text;
}
