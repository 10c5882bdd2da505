import { Pool } from 'undici';
import { ServerFailure } from './server-failure.ts';

/** Options of `connectServer`. */
export interface ConnectOptions {
  /** Address of the server, with a path before the endpoints if there is one. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Connections that are open at once. */
  readonly maxConnections: number;
}

/** One request. */
export interface JsonCall {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whatever its status. */
export interface JsonAnswer {
  readonly status: number;
  /** `undefined` for an answer that is not JSON, which control endpoints may give. */
  readonly body: unknown;
  readonly text: string;
  /** Milliseconds the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** One server that speaks JSON over HTTP. */
export interface JsonServer {
  readonly url: string;
  /**
   * Any whole answer.
   *
   * @throws ServerFailure for a connection that fails or ends early, a time that is over, an abort
   */
  request(call: JsonCall): Promise<JsonAnswer>;
  /** Closes all connections; requests under way fail. */
  close(): Promise<void>;
}

/** Connects to a server, lazily: connections are opened by requests and closed by `close`. */
export function connectServer({ url, headers, maxConnections }: ConnectOptions): JsonServer {
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: maxConnections,
    pipelining: 1,
    // Each request has a deadline of its own; a generation may be silent for long.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
  });
  return {
    url,
    async request({ method = 'POST', path, body, headers: extra = {}, timeoutMs, signal }) {
      const deadline = createDeadline(timeoutMs, signal);
      try {
        const response = await pool.request({
          method,
          path: `${prefix}${path}`,
          headers: {
            accept: 'application/json',
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
            ...extra,
          },
          body: body === undefined ? null : JSON.stringify(body),
          signal: deadline.signal,
        });
        const text = await response.body.text();
        return {
          status: response.statusCode,
          text,
          body: parseJson(text),
          retryAfterMs: retryAfter(response.headers['retry-after']),
        };
      } catch (cause) {
        throw deadline.failure(cause, `${method} ${url}${path}`);
      } finally {
        deadline.clear();
      }
    },
    async close() {
      await pool.destroy();
    },
  };
}

/**
 * The body of a successful answer.
 *
 * @throws ServerFailure `status` for another status than 2xx, `answer` for a body that is not an object
 */
export async function requestObject(server: JsonServer, call: JsonCall): Promise<Record<string, unknown>> {
  const { status, body, text } = await requestSuccess(server, call);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new ServerFailure('answer', `${call.path} answers ${status} with ${shorten(text)}, not with a JSON object`);
}

/**
 * A successful answer, whatever its body.
 *
 * @throws ServerFailure `status` for another status than 2xx
 */
export async function requestSuccess(server: JsonServer, call: JsonCall): Promise<JsonAnswer> {
  const answer = await server.request(call);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new ServerFailure('status', `${server.url}${call.path} answers ${answer.status}: ${shorten(answer.text)}`, {
    status: answer.status,
    retryAfterMs: answer.retryAfterMs,
  });
}

// Seconds or a date (RFC 9110, 10.2.3).
function retryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds < 0 ? undefined : seconds * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

// AbortSignal.any keeps what it makes alive as long as its sources; a run's signal lives as long as the run.
function createDeadline(timeoutMs: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  let isLate = false;
  const onAbort = (): void => controller.abort();
  if (signal?.aborted === true) controller.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, timeoutMs);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
    failure(cause: unknown, what: string): ServerFailure {
      if (isLate) return new ServerFailure('timeout', `${what}: no answer within ${timeoutMs} ms`);
      if (signal?.aborted === true) return new ServerFailure('aborted', `${what}: aborted`);
      const message = cause instanceof Error ? cause.message : String(cause);
      return new ServerFailure('connection', `${what}: ${message}`, { cause });
    },
  };
}
