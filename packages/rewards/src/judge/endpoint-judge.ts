import { deriveSeed, type Message, RlloomError } from '@rlloom/spec';
import { completionBody, excerpt, readCompletion } from './chat-completion.ts';
import { type EndpointConfig, endpointConfig, type EndpointOptions } from './endpoint.config.ts';
import { type JudgeAnswer, type JudgeAskOptions, JudgeFailure, type JudgeModel } from './judge-model.ts';
import { type HttpAnswer, postJson } from './post-json.ts';
import { createRateLimits, pauseFor, type RateLimits, type RatePermit } from './rate-limits.ts';

/** What an endpoint was asked and what came back. Every call and every attempt is counted once it has ended. */
export interface EndpointStatistics {
  /** Calls that ended: `answered` + `failed` + `stopped`. */
  readonly calls: number;
  readonly answered: number;
  readonly failed: number;
  /** Calls that their signal ended. */
  readonly stopped: number;
  /** HTTP requests that ended, by what came back: a status, `timeout`, `connection`, `too large` or `stopped`. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A judge behind an endpoint. */
export interface EndpointJudge extends JudgeModel {
  readonly cacheKey: string;
  /** What was asked and answered so far. */
  statistics(): EndpointStatistics;
}

/** What `createEndpointJudge` takes beside its options. */
export interface EndpointResources {
  /** Where `apiKeyEnv` is looked up. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Judges that share this map and name the same endpoint, model, key and limits share the limits as well. */
  readonly sharedLimits?: Map<string, RateLimits>;
}

/**
 * A judge behind `POST {baseUrl}/chat/completions`. Requests wait for the rate limits, and are tried again after status 408, 429
 * and 5xx, time-outs and broken connections, after `Retry-After` or twice as long each time with jitter. The key is
 * read from the environment once and appears in no message.
 *
 * @throws RlloomError `config` when `apiKeyEnv` names a variable that is not set
 * @example
 * ```ts
 * const judge = createEndpointJudge({ baseUrl: 'http://localhost:8000/v1', model: 'qwen3-8b', maxRpm: 600 });
 * judge.statistics().calls; // => 0
 * ```
 */
export function createEndpointJudge(options: EndpointOptions, resources: EndpointResources = {}): EndpointJudge {
  const config = endpointConfig.parse(options);
  const key = readKey(config, resources.environment ?? process.env);
  const url = `${config.baseUrl.replace(/\/+$/, '')}/chat/completions`;
  const headers = { ...config.headers, ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  const limits = limitsOf(config, resources.sharedLimits);
  const counts = { answered: 0, failed: 0, stopped: 0, promptTokens: 0, completionTokens: 0 };
  const attempts: Record<string, number> = {};
  const count = (outcome: string): void => {
    attempts[outcome] = (attempts[outcome] ?? 0) + 1;
  };
  // A server that repeats what it was sent must not bring the key into a log.
  const withoutKey = (text: string): string => (key === undefined ? text : text.replaceAll(key, '[key]'));

  const attempt = async (body: unknown, signal: AbortSignal): Promise<Attempt> => {
    const timeout = AbortSignal.timeout(config.timeoutMs);
    const { maxResponseBytes } = config;
    try {
      const answer = await postJson({
        ...{ url, headers, body, maxResponseBytes },
        signal: AbortSignal.any([signal, timeout]),
      });
      count(String(answer.status));
      return { answer: { ...answer, text: withoutKey(answer.text) } };
    } catch (error) {
      if (signal.aborted) {
        count('stopped');
        throw error;
      }
      if (error instanceof JudgeFailure) {
        count('too large');
        throw error;
      }
      count(timeout.aborted ? 'timeout' : 'connection');
      return { problem: timeout.aborted ? `no answer in ${config.timeoutMs} ms` : describeConnection(error) };
    }
  };

  const ask = async (messages: readonly Message[], askOptions: JudgeAskOptions): Promise<JudgeAnswer> => {
    const { signal } = askOptions;
    const body = completionBody(messages, askOptions, config);
    const jitterPath = [config.model, JSON.stringify(messages)] as const;
    const delayOf = ({ answer }: Attempt, retry: number): number => {
      const jitter = 0.5 + deriveSeed(retry, 'jitter', ...jitterPath) / 2 ** 33;
      return answer?.retryAfterMs ?? Math.min(config.maxRetryDelayMs, config.retryDelayMs * 2 ** retry) * jitter;
    };
    for (let retry = 0; ; retry++) {
      const permit = await limits.acquire(signal);
      let outcome: Attempt;
      let answered: JudgeAnswer | undefined;
      try {
        outcome = await attempt(body, signal);
        if (outcome.answer?.status === 200) answered = readCompletion(outcome.answer.text);
        // What limits this request limits all of them, before the next one gets its place.
        if (outcome.answer?.status === 429) limits.pause(Math.min(delayOf(outcome, retry), config.maxRetryDelayMs));
      } finally {
        release(permit, answered);
      }
      if (answered !== undefined) return answered;
      const { answer } = outcome;
      if (answer !== undefined && !isWorthRetrying(answer.status)) throw refusal(answer, askOptions);
      const problem = answer === undefined ? outcome.problem! : `status ${answer.status}: ${excerpt(answer.text)}`;
      if (retry === config.maxRetries) throw new JudgeFailure('unavailable', `${problem} (${retry + 1} attempts)`);
      const delay = delayOf(outcome, retry);
      if (delay > config.maxRetryDelayMs) {
        throw new JudgeFailure('unavailable', `${problem}; it asks to wait for ${Math.round(delay / 1000)} s`);
      }
      await pauseFor(delay, signal);
    }
  };

  const judge = async (messages: readonly Message[], askOptions: JudgeAskOptions): Promise<JudgeAnswer> => {
    try {
      const answer = await ask(messages, askOptions);
      counts.answered++;
      counts.promptTokens += answer.promptTokens ?? 0;
      counts.completionTokens += answer.completionTokens ?? 0;
      return answer;
    } catch (error) {
      if (askOptions.signal.aborted) {
        counts.stopped++;
        throw new JudgeFailure('stopped', describeStop(askOptions.signal), error);
      }
      counts.failed++;
      throw error;
    }
  };
  return Object.assign(judge, {
    cacheKey: JSON.stringify([url, config.model, config.extraBody]),
    statistics: (): EndpointStatistics => ({
      ...counts,
      calls: counts.answered + counts.failed + counts.stopped,
      attempts: { ...attempts },
    }),
  });
}

interface Attempt {
  readonly answer?: HttpAnswer;
  readonly problem?: string;
}

function limitsOf(config: EndpointConfig, shared: Map<string, RateLimits> | undefined): RateLimits {
  const { baseUrl, model, apiKeyEnv, maxConcurrent, maxRpm, maxTpm, estimatedTokensPerRequest } = config;
  const key = JSON.stringify([baseUrl, model, apiKeyEnv, maxConcurrent, maxRpm, maxTpm, estimatedTokensPerRequest]);
  const limits = shared?.get(key) ?? createRateLimits(config);
  shared?.set(key, limits);
  return limits;
}

function release(permit: RatePermit, answer: JudgeAnswer | undefined): void {
  const known = answer !== undefined && answer.promptTokens !== null && answer.completionTokens !== null;
  permit.release(known ? answer.promptTokens + answer.completionTokens : null);
}

function isWorthRetrying(status: number): boolean {
  return status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
}

// Servers say in many ways that they know no schemas.
function refusal({ status, text }: HttpAnswer, { responseSchema }: JudgeAskOptions): JudgeFailure {
  const kind = responseSchema !== undefined && [400, 404, 415, 422].includes(status) ? 'schema' : 'unavailable';
  return new JudgeFailure(kind, `status ${status}: ${excerpt(text)}`);
}

function describeStop(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : 'stopped';
}

// `fetch` says "fetch failed"; what failed is in the cause.
function describeConnection(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}

function readKey(
  { apiKeyEnv }: EndpointConfig,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (apiKeyEnv === null) return undefined;
  const key = environment[apiKeyEnv]?.trim();
  if (key === undefined || key === '') {
    throw new RlloomError('config', {
      what: `the environment variable ${apiKeyEnv} is not set`,
      where: 'judges.api_key_env',
      fix: `set it to the key of the endpoint (export ${apiKeyEnv}=...), or leave api_key_env out`,
    });
  }
  return key;
}
