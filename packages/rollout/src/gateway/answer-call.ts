import { randomUUID } from 'node:crypto';
import {
  deriveSeed,
  type DrawnTokens,
  type GenerationResult,
  type Message,
  type RolloutEngine,
  type SamplingParameters,
  type StopReason,
  type ToolCall,
  type ToolSchema,
  type Tokenizer,
} from '@rlloom/spec';
import { createAnswerText } from './answer-text.ts';
import type { CallPlan, SampledAnswer } from './call-tree.ts';
import type { GatewayConfig } from './gateway.config.ts';
import { OpenAiError, unsupported } from './openai-error.ts';
import { requireRoom, type Session, type SessionSampling } from './session.ts';
import type { ToolCallFormat } from './tool-call-format.ts';

/** What answers are made with. */
export interface Answerer {
  readonly engine: RolloutEngine;
  readonly tokenizer: Tokenizer;
  readonly toolFormat: ToolCallFormat | undefined;
  readonly sampling: SessionSampling | undefined;
  readonly config: GatewayConfig;
  /** Told of each generation: seconds in the engine. */
  readonly onGenerated: (results: readonly GenerationResult[], seconds: number) => void;
}

/** A call of an agent, the same for chat completions and responses. */
export interface PolicyCall {
  readonly messages: readonly Message[];
  /** Tools that the model may call; empty = none. */
  readonly tools: readonly ToolSchema[];
  readonly templateVariables: Readonly<Record<string, unknown>>;
  readonly choices: number;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly maxNewTokens: number | undefined;
  readonly stop: readonly string[];
  readonly seed: number | undefined;
}

/** One answer. */
export interface PolicyChoice {
  readonly message: Message;
  readonly stopReason: StopReason;
  readonly tokens: Int32Array;
  readonly logProbs: Float32Array;
}

/** All answers to a call. */
export interface PolicyAnswer {
  /** Unique; scores may name it. */
  readonly id: string;
  readonly choices: readonly PolicyChoice[];
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Takes the answers back out of the session: nobody got them. */
  readonly withdraw: () => void;
}

/** What an answer that is being written has new. */
export interface AnswerPart {
  /** As in the whole answer. */
  readonly id: string;
  /** Which of the choices. */
  readonly choice: number;
  /** Text that follows, nothing of which a later token changes; it may be of earlier tokens, and empty. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly logProbs: readonly number[];
}

/** How a call is answered. */
export interface AnswerOptions {
  /** Where the answer is recorded. */
  readonly session: Session | undefined;
  /** Told of the answer while it is written, where the engine streams. The whole has the same text and what is left. */
  readonly onPart?: (part: AnswerPart) => void;
}

/**
 * Lets the policy answer, and records it in the session where there is one.
 *
 * @throws OpenAiError for what the caller can mend; RlloomError of template and engine
 */
export async function answerCall(
  answerer: Answerer,
  { session, call, signal, onPart }: AnswerOptions & { readonly call: PolicyCall; readonly signal: AbortSignal },
): Promise<PolicyAnswer> {
  const { engine, tokenizer, config } = answerer;
  if (session !== undefined) requireRoom(session, config);
  if (call.tools.length > 0 && answerer.toolFormat === undefined) {
    throw unsupported('tools', 'this gateway was made without a format of tool calls');
  }
  const plan = planOf(answerer, session, call);
  const sampling = samplingOf(answerer, { session, call, promptLength: plan.promptTokens.length });
  const root = session === undefined ? (call.seed ?? randomSeed()) : deriveSeed(session.seed, 'call', session.streams);
  if (session !== undefined) session.streams += 1;
  const id = randomUUID();
  const format = call.tools.length > 0 ? answerer.toolFormat : undefined;
  const texts = Array.from({ length: call.choices }, () => createAnswerText({ tokenizer, stop: call.stop, format }));
  const onTokens = (choice: number, drawn: DrawnTokens): void => {
    const text = texts[choice]!.push(drawn.tokens);
    onPart?.({ id, choice, text, ...drawn });
  };
  const started = performance.now();
  const results = await engine.generate(
    Array.from({ length: call.choices }, (_, choice) => ({
      ...{ promptTokens: plan.promptTokens, sampling },
      seed: choice === 0 ? root : deriveSeed(root, 'choice', choice),
      ...(session !== undefined && { sessionId: `${session.rolloutId}/${session.attempt}` }),
    })),
    { signal, ...(onPart !== undefined && { onTokens }) },
  );
  answerer.onGenerated(results, (performance.now() - started) / 1000);
  if (signal.aborted || results.some(({ stopReason }) => stopReason === 'abort')) {
    throw new OpenAiError(503, { message: 'the generation was aborted', code: 'aborted' });
  }
  const answers = results.map((result) => readAnswer(result, { tokenizer, call, format }));
  if (answers.some(({ message }, choice) => !message.content.startsWith(texts[choice]!.given))) {
    throw new OpenAiError(500, { message: 'the tokens of the answer read otherwise than one by one', code: 'text' });
  }
  const recorded = session === undefined ? [] : record(session, { plan, id, answers });
  return {
    id,
    choices: answers,
    promptTokens: plan.promptTokens.length,
    completionTokens: answers.reduce((sum, { tokens }) => sum + tokens.length, 0),
    withdraw() {
      for (const each of recorded) session?.tree.remove(each);
    },
  };
}

function planOf(
  { tokenizer }: Answerer,
  session: Session | undefined,
  { messages, tools, templateVariables }: PolicyCall,
): CallPlan {
  const text = tokenizer.renderChat(messages, {
    addGenerationPrompt: true,
    ...(tools.length > 0 && { tools }),
    variables: templateVariables,
  });
  if (session !== undefined) return session.tree.plan({ text, messages });
  const promptTokens = tokenizer.encode(text, { addSpecialTokens: false });
  return { parent: undefined, keptOfParent: 0, askedTokens: promptTokens, askedText: text, messages, promptTokens };
}

function record(
  session: Session,
  { plan, id, answers }: { readonly plan: CallPlan; readonly id: string; readonly answers: readonly SampledAnswer[] },
): ReturnType<Session['tree']['add']>[] {
  return answers.map((answer, choice) => {
    session.tokens += plan.askedTokens.length + answer.tokens.length;
    return session.tree.add(plan, { ...answer, id: choice === 0 ? id : `${id}-${choice}` });
  });
}

interface SamplingContext {
  readonly session: Session | undefined;
  readonly call: PolicyCall;
  readonly promptLength: number;
}

// A session is sampled as the trainer says: its log-probs are those of the trained temperature.
function samplingOf(
  { engine, config, sampling: own }: Answerer,
  { session, call, promptLength }: SamplingContext,
): SamplingParameters {
  const { maxSequenceLength } = engine.capabilities;
  const room = maxSequenceLength - promptLength;
  if (room < 1) {
    throw new OpenAiError(400, {
      message: `the prompt has ${promptLength} tokens and the model takes ${maxSequenceLength}`,
      code: 'context_length_exceeded',
      param: 'messages',
    });
  }
  const forced = session === undefined ? undefined : (session.sampling ?? own);
  const most = Math.min(forced?.maxNewTokens ?? config.maxNewTokens, room);
  const { temperature, topK, topP, minP } = forced ?? {
    ...{ temperature: call.temperature ?? 1, topK: 0, topP: call.topP ?? 1, minP: 0 },
  };
  return {
    ...{ temperature, topK, topP, minP, maxNewTokens: Math.min(call.maxNewTokens ?? most, most) },
    ...(call.stop.length > 0 && { stopStrings: call.stop }),
  };
}

interface Reading {
  readonly tokenizer: Tokenizer;
  readonly call: PolicyCall;
  /** Where the answer may have calls. */
  readonly format: ToolCallFormat | undefined;
}

function readAnswer(result: GenerationResult, { tokenizer, call, format }: Reading): SampledAnswer & PolicyChoice {
  const { tokens, logProbs, policyVersions, stopReason } = result;
  const isEnded = tokenizer.eosTokenIds.includes(tokens.at(-1) ?? -1);
  const written = isEnded ? tokens.subarray(0, -1) : tokens;
  const stopped = stopReason === 'stop' ? beforeStop(written, call.stop, tokenizer) : undefined;
  const cut = (text: string): string => stopped?.text(text) ?? text;
  const plain = cut(tokenizer.decode(written, { skipSpecialTokens: true }));
  return {
    message: messageOf(plain, { raw: () => cut(tokenizer.decode(written)), format }),
    ...{ tokens, logProbs, policyVersions, stopReason },
    ...(stopped?.wholeTokens !== undefined && { tokensBeforeStop: stopped.wholeTokens }),
  };
}

function messageOf(plain: string, { raw, format }: Pick<Reading, 'format'> & { readonly raw: () => string }): Message {
  if (format === undefined) return { role: 'assistant', content: plain };
  const parsed = format.parse(raw());
  const toolCalls: ToolCall[] = parsed.calls.flatMap((each) =>
    'problem' in each
      ? []
      : [{ id: callId(), type: 'function', function: { name: each.name, arguments: each.arguments } }],
  );
  if (toolCalls.length === 0) return { role: 'assistant', content: plain };
  return { role: 'assistant', content: parsed.content, toolCalls };
}

/** Nine letters and digits: the form Mistral's templates ask for, and good for all others. */
function callId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 9);
}

interface BeforeStop {
  /** The text up to the stop string. */
  readonly text: (text: string) => string;
  /** The tokens of that text, where one ends there. */
  readonly wholeTokens: number | undefined;
}

function beforeStop(tokens: Int32Array, stop: readonly string[], tokenizer: Tokenizer): BeforeStop | undefined {
  const indexIn = (text: string): number =>
    Math.min(...stop.map((string) => text.indexOf(string)).filter((index) => index >= 0));
  const text = tokenizer.decode(tokens);
  const at = indexIn(text);
  if (!Number.isFinite(at)) return undefined;
  const wanted = text.slice(0, at);
  let wholeTokens: number | undefined;
  for (let length = tokens.length - 1; length > 0 && wholeTokens === undefined; length--) {
    const decoded = tokenizer.decode(tokens.subarray(0, length));
    if (decoded === wanted) wholeTokens = length;
    if (decoded.length < wanted.length) break;
  }
  return {
    text: (whole) => (Number.isFinite(indexIn(whole)) ? whole.slice(0, indexIn(whole)) : whole),
    wholeTokens,
  };
}

function randomSeed(): number {
  return Number.parseInt(randomUUID().slice(0, 8), 16);
}
