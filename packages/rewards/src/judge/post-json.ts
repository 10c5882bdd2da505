import { JudgeFailure } from './judge-model.ts';

/** A request with a JSON body. */
export interface JsonPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal;
  /** A larger answer is given up. */
  readonly maxResponseBytes: number;
}

/** A whole answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** Milliseconds the server asks to wait; `undefined` = it does not say. */
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

/**
 * Posts JSON and reads the whole answer, up to a limit. No redirect is followed: it would take the key elsewhere.
 *
 * @throws JudgeFailure `answer` for an answer over the limit; whatever `fetch` throws for a connection that fails or ends early
 */
export async function postJson(post: JsonPost): Promise<HttpAnswer> {
  const response = await fetch(post.url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...post.headers },
    body: JSON.stringify(post.body),
    redirect: 'manual',
    signal: post.signal,
  });
  return {
    status: response.status,
    retryAfterMs: retryAfter(response.headers),
    text: await readLimited(response, post.maxResponseBytes),
  };
}

async function readLimited(response: Response, limit: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Leaving the loop cancels the stream, and with it the connection.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new JudgeFailure('answer', `the answer has more than ${limit} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), or OpenAI's `retry-after-ms`. */
export function retryAfter(headers: Headers, now: number = Date.now()): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const written = headers.get('retry-after')?.trim();
  if (written === undefined || written === '') return undefined;
  if (/^-?\d+(?:\.\d+)?$/.test(written)) return written.startsWith('-') ? undefined : Number(written) * 1000;
  const date = Date.parse(written);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
