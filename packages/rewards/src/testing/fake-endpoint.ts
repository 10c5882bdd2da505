import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the fake endpoint got. */
export interface FakeRequest {
  /** Position among all requests, from 0. */
  readonly index: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly response_format?: { readonly json_schema: { readonly schema: Readonly<Record<string, unknown>> } };
    readonly [key: string]: unknown;
  };
  /** The prompt: contents of all messages. */
  readonly prompt: string;
  /** The code word the prompt asks for. */
  readonly code: string;
}

/** A server on a port of its own. */
export interface FakeEndpoint {
  readonly baseUrl: string;
  readonly requests: readonly FakeRequest[];
  /** Most requests that were open at once. */
  readonly mostOpen: () => number;
  close(): Promise<void>;
}

/** An endpoint whose every answer the test writes. */
export async function startFakeEndpoint(
  answer: (request: FakeRequest, response: ServerResponse) => void | Promise<void>,
): Promise<FakeEndpoint> {
  const requests: FakeRequest[] = [];
  let open = 0;
  let mostOpen = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as FakeRequest['body'];
      const prompt = body.messages.map(({ content }) => content).join('\n');
      // The last one: what stands in a response comes before how to answer.
      const code = [...prompt.matchAll(/"code": "(\w+)"|VERDICT ([0-9a-f]{10}) /g)].at(-1);
      const request: FakeRequest = {
        ...{ index: requests.length, path: incoming.url ?? '', headers: incoming.headers, body, prompt },
        code: code?.[1] ?? code?.[2] ?? '',
      };
      requests.push(request);
      open++;
      mostOpen = Math.max(mostOpen, open);
      response.on('close', () => open--);
      void answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    mostOpen: () => mostOpen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with a chat completion that says `text`. */
export function say(response: ServerResponse, text: string): void {
  reply(response, 200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  });
}

/** Answers with a status and JSON. */
export function reply(
  response: ServerResponse,
  status: number | { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  body: unknown,
): void {
  const { status: code, headers } = typeof status === 'number' ? { status, headers: {} } : status;
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A verdict as JSON, with the code word of the prompt. */
export function verdict(request: Pick<FakeRequest, 'code'>, scores: Readonly<Record<string, number | string>>): string {
  return JSON.stringify({ reasoning: 'because', code: request.code, scores });
}
