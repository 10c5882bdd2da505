import type { Message, RolloutEngine, Tokenizer } from '@rlloom/spec';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { createPauseGate } from '../pause-gate.ts';
import { answerCall, type AnswerOptions, type PolicyAnswer, type PolicyCall } from './answer-call.ts';
import type { GatewayConfig } from './gateway.config.ts';
import { createGatewayMetrics, type GatewayMetrics } from './gateway-metrics.ts';
import { errorAnswer, OpenAiError } from './openai-error.ts';
import { conversationOf, type Session, type SessionRecord, type SessionSampling } from './session.ts';
import { createSessionRegistry, type SessionEnd, type SessionRegistry } from './session-registry.ts';
import type { ToolCallFormat } from './tool-call-format.ts';

/** An application whose schemas are zod's. */
export type ZodApp = FastifyInstance<
  RawServerDefault,
  FastifyRequest['raw'],
  FastifyReply['raw'],
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes work with. */
export interface GatewayService {
  readonly config: GatewayConfig;
  readonly tokenizer: Tokenizer;
  readonly sessions: SessionRegistry;
  readonly metrics: GatewayMetrics;
  readonly isPaused: boolean;
  readonly callsInProgress: number;
  /** New calls are refused or held; resolves when the engine stands still. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Lets the policy answer a call, once it may, and aborts it when its caller goes away. */
  answer(call: () => PolicyCall, options: AnswerOptions & { readonly reply: FastifyReply }): Promise<PolicyAnswer>;
  /** Ends a session, counted. */
  end(session: Session, how?: SessionEnd): SessionRecord | undefined;
  expire(): readonly SessionRecord[];
}

/** What the service is made of. */
export interface GatewayParts {
  readonly engine: RolloutEngine;
  readonly tokenizer: Tokenizer;
  readonly toolFormat: ToolCallFormat | undefined;
  readonly sampling: SessionSampling | undefined;
  readonly config: GatewayConfig;
}

/** Sessions, the pause and the limits around an engine. */
export function createGatewayService(parts: GatewayParts): GatewayService {
  const { engine, tokenizer, config } = parts;
  const sessions = createSessionRegistry(config, tokenizer);
  const gate = createPauseGate();
  let isPaused = false;
  let callsInProgress = 0;
  const metrics = createGatewayMetrics({
    sessions: () => sessions.size,
    calls: () => callsInProgress,
    isPaused: () => isPaused,
  });

  const admit = async (signal: AbortSignal): Promise<void> => {
    if (!isPaused) return;
    if (config.whilePaused === 'hold') return gate.passed(signal);
    throw refused('the weights of the policy change: send again', 'paused', config);
  };
  const run = async (
    call: () => PolicyCall,
    { signal, ...options }: AnswerOptions & { readonly signal: AbortSignal },
  ): Promise<{ readonly answer: PolicyAnswer; readonly seconds: number }> => {
    await admit(signal);
    let seconds = 0;
    const answerer = {
      ...parts,
      onGenerated: (results: readonly { readonly tokens: Int32Array }[], passed: number) => {
        seconds = passed;
        metrics.generated(results.reduce((sum, { tokens }) => sum + tokens.length, 0));
      },
    };
    return { answer: await answerCall(answerer, { ...options, call: call(), signal }), seconds };
  };

  return {
    ...{ config, tokenizer, sessions, metrics },
    get isPaused() {
      return isPaused;
    },
    get callsInProgress() {
      return callsInProgress;
    },
    async pause() {
      isPaused = true;
      gate.close();
      await engine.pause();
    },
    async resume() {
      await engine.resume();
      isPaused = false;
      gate.open();
    },
    async answer(call, { reply, ...options }) {
      const { session } = options;
      if (callsInProgress >= config.maxConcurrentCalls) {
        metrics.call('refused');
        throw refused(`there are ${callsInProgress} calls in progress`, 'too_many_calls', config);
      }
      const abort = new AbortController();
      let answered: PolicyAnswer | undefined;
      const started = performance.now();
      reply.raw.once('close', () => {
        if (reply.raw.writableFinished) return;
        if (session !== undefined) session.disconnects += 1;
        metrics.call('gone');
        answered?.withdraw();
        abort.abort(new Error('the caller went away'));
      });
      callsInProgress += 1;
      session?.running.add(abort);
      try {
        const { answer, seconds } = await run(call, { ...options, signal: abort.signal });
        answered = answer;
        metrics.call('answered', { total: (performance.now() - started) / 1000, engine: seconds });
        return answer;
      } catch (error) {
        if (!abort.signal.aborted) {
          const { statusCode, body } = errorAnswer(error);
          metrics.call(statusCode < 500 ? 'refused' : 'failed');
          // A caller that is told to come back has no error.
          if (session !== undefined && statusCode !== 429) {
            session.errors += 1;
            session.lastError = body.error.message;
          }
        }
        throw error;
      } finally {
        callsInProgress -= 1;
        session?.running.delete(abort);
        if (session !== undefined) session.lastUsed = Date.now();
      }
    },
    end(session, how = {}) {
      const record = sessions.end(session, how);
      if (record !== undefined) metrics.sessionEnded(how.failure === undefined ? 'ended' : 'failed');
      return record;
    },
    expire() {
      const records = sessions.expire(Date.now());
      for (const _ of records) metrics.sessionEnded('expired');
      return records;
    },
  };
}

/** The conversation of an answer of a session, by the id it was given under. Throws 404 */
export function conversationOfAnswer(session: Session | undefined, id: string): readonly Message[] {
  const call = session?.tree.calls.find((each) => `resp_${each.id}` === id);
  if (call !== undefined) return conversationOf(call);
  throw new OpenAiError(404, {
    message: `there is no response ${id} in this session`,
    code: 'previous_response_not_found',
    param: 'previous_response_id',
  });
}

function refused(message: string, code: string, { retryAfterSeconds }: GatewayConfig): OpenAiError {
  return new OpenAiError(429, { message, code, retryAfterSeconds });
}
