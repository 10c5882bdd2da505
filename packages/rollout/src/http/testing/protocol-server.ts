import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as a protocol sees it. */
export interface ProtocolRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** An answer: JSON, or nothing but a status. */
export interface ProtocolAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

/** What a server does instead of answering. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Half of the answer, then the connection breaks. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'text'; readonly text: string }
  /** Another body than the protocol's. */
  | { readonly kind: 'body'; readonly body: unknown }
  /** The answer comes late. */
  | { readonly kind: 'late'; readonly milliseconds: number }
  /** The connection breaks at once. */
  | { readonly kind: 'reset' };

/** A server of a protocol, for tests. */
export interface ProtocolServer {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Connections that are open. */
  openSockets(): number;
  /** What happens to the next requests of a path, one each. */
  fail(path: string, ...faults: Fault[]): void;
  /** Ends at once, as a process that is killed; answers under way are lost. */
  kill(): Promise<void>;
  /** Listens again at the same address. */
  restart(): Promise<void>;
}

/** Answers requests of a protocol; `undefined` = there is no such endpoint. */
export type ProtocolHandler = (request: ProtocolRequest) => Promise<ProtocolAnswer | undefined>;

/** Starts a server on a free port of this machine. */
export async function startProtocolServer(makeHandler: () => Promise<ProtocolHandler>): Promise<ProtocolServer> {
  const requests: { path: string; body: Record<string, unknown> }[] = [];
  const faults = new Map<string, Fault[]>();
  const sockets = new Set<Socket>();
  let handler = await makeHandler();
  let server = createServer();
  let port = 0;

  const listen = async (): Promise<void> => {
    server = createServer((request, response) => {
      void serve(request, response).catch(() => response.destroy());
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    requests.push({ path: url.pathname, body });
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const fault = faults.get(url.pathname)?.shift();
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'status') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      return void response.writeHead(fault.status, headers).end('not now');
    }
    if (fault?.kind === 'text') return void response.end(fault.text);
    if (fault?.kind === 'body') return void response.end(JSON.stringify(fault.body));
    if (fault?.kind === 'late') await wait(fault.milliseconds, gone.signal);
    const answer = await handler({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      body,
      signal: gone.signal,
    });
    const json = answer?.body === undefined ? '' : JSON.stringify(answer.body);
    response.writeHead(answer === undefined ? 404 : (answer.status ?? 200), {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    });
    if (fault?.kind === 'cut') {
      response.write(json.slice(0, json.length / 2));
      setImmediate(() => request.socket.destroy());
      return;
    }
    response.end(json);
  }

  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    openSockets: () => sockets.size,
    fail: (path, ...more) => void faults.set(path, [...(faults.get(path) ?? []), ...more]),
    async kill() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async restart() {
      // A process that starts again knows nothing of what it was told.
      handler = await makeHandler();
      await listen();
    },
  };
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
