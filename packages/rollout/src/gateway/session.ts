import {
  deriveSeed,
  type Message,
  type SamplingParameters,
  type Task,
  type Tokenizer,
  type Trajectory,
} from '@rlloom/spec';
import { type CallTree, createCallTree, type RecordedCall } from './call-tree.ts';
import type { GatewayConfig } from './gateway.config.ts';
import { OpenAiError } from './openai-error.ts';
import { sessionTrajectories } from './session-trajectories.ts';

/** How tokens of a session are drawn, whatever its agent asks for. */
export type SessionSampling = Pick<SamplingParameters, 'temperature' | 'topK' | 'topP' | 'minP'> & {
  /** Most new tokens of a call; an agent may ask for fewer. Default: the gateway's. */
  readonly maxNewTokens?: number;
};

/** What a session is opened with. */
export interface SessionOptions {
  readonly rolloutId: string;
  /** Which try of the rollout. Default 0 */
  readonly attempt?: string | number;
  /** Default: a task named like the rollout, without messages. */
  readonly task?: Task;
  /** Place in the group. Default 0 */
  readonly sampleIndex?: number;
  /** Root of the random choices of the session. Default: from its ids. */
  readonly seed?: number;
  /** Default: the gateway's. */
  readonly sampling?: SessionSampling;
}

/** What became of a session. */
export interface SessionRecord {
  readonly rolloutId: string;
  readonly attempt: string;
  readonly task: Task;
  readonly sampleIndex: number;
  readonly trajectories: readonly Trajectory[];
  /** Answers that are in the trajectories. */
  readonly calls: number;
  /** Callers that went away before they had their answer. */
  readonly disconnects: number;
  /** Calls that were answered with an error, and the last of them. */
  readonly errors: number;
  readonly lastError: string | undefined;
  readonly reward: number | undefined;
  /** Why it failed; absent where it did not. */
  readonly failure: string | undefined;
}

/** One run of an agent, from its first call to its end. */
export interface Session {
  readonly rolloutId: string;
  readonly attempt: string;
  readonly task: Task;
  readonly sampleIndex: number;
  readonly seed: number;
  readonly sampling: SessionSampling | undefined;
  readonly tree: CallTree;
  /** Calls in progress. */
  readonly running: Set<AbortController>;
  readonly scores: Map<string, number>;
  /** Tokens that are kept. */
  tokens: number;
  /** Random streams that were used. */
  streams: number;
  disconnects: number;
  errors: number;
  lastError: string | undefined;
  reward: number | undefined;
  lastUsed: number;
}

/** Opens a session. */
export function openSession(options: SessionOptions, tokenizer: Tokenizer): Session {
  const { rolloutId, attempt = 0, sampleIndex = 0 } = options;
  return {
    rolloutId,
    attempt: String(attempt),
    task: options.task ?? { id: rolloutId, tag: 'agent', messages: [] },
    sampleIndex,
    seed: options.seed ?? deriveSeed(0, 'gateway', rolloutId, String(attempt)),
    sampling: options.sampling,
    tree: createCallTree(tokenizer),
    running: new Set(),
    scores: new Map(),
    ...{ tokens: 0, streams: 0, disconnects: 0, errors: 0, lastError: undefined, reward: undefined },
    lastUsed: Date.now(),
  };
}

/** Throws when a session may have no further answers. */
export function requireRoom(session: Session, config: GatewayConfig): void {
  const { maxCallsPerSession, maxTokensPerSession } = config;
  const spent =
    session.tree.calls.length >= maxCallsPerSession
      ? `${maxCallsPerSession} answers`
      : session.tokens >= maxTokensPerSession
        ? `${maxTokensPerSession} tokens`
        : undefined;
  if (spent === undefined) return;
  throw new OpenAiError(400, { message: `the session had its ${spent}`, code: 'session_limit' });
}

/** What is kept of a session that ends; its calls in progress are aborted. */
export function sessionRecord(
  session: Session,
  {
    tokenizer,
    failure,
    endReason,
  }: { readonly tokenizer: Tokenizer; readonly failure?: string; readonly endReason?: string },
): SessionRecord {
  for (const call of session.running) call.abort(new Error('the session ended'));
  const { rolloutId, attempt, task, sampleIndex, scores, reward, disconnects, errors, lastError, tree } = session;
  const facts = {
    ...{ taskId: task.id, tag: task.tag, sampleIndex, episodeId: `${rolloutId}/${attempt}`, scores },
    ...(reward !== undefined && { reward }),
    ...(failure !== undefined && { failure }),
    ...(endReason !== undefined && { endReason }),
  };
  const trajectories = sessionTrajectories(tree.calls, facts, tokenizer);
  return {
    ...{ rolloutId, attempt, task, sampleIndex, trajectories, calls: tree.calls.length },
    ...{ disconnects, errors, lastError, reward, failure },
  };
}

/** Scores in the order in which answers were given; `null` leaves one out. */
export function scoreCalls(session: Session, scores: readonly (number | null)[]): void {
  if (scores.length > session.tree.calls.length) {
    throw new OpenAiError(400, {
      message: `there are ${scores.length} scores for ${session.tree.calls.length} answers`,
      code: 'invalid_scores',
      param: 'scores',
    });
  }
  for (const [index, score] of scores.entries()) {
    if (score !== null) session.scores.set(session.tree.calls[index]!.id, score);
  }
}

/** The conversation of an answer and the answer, for calls that name it instead of repeating it. */
export function conversationOf(call: RecordedCall): readonly Message[] {
  return [...call.messages, call.answer.message];
}
