import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a server got. */
export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** How a {@link startHubServer} answers; may be changed at any time. */
export interface HubBehaviour {
  /** Files of the one model by name; those ending in .safetensors are large files, which are elsewhere. */
  files: Record<string, Buffer>;
  commit: string;
  /** Answers with this status and error code, until it is removed. */
  refuse?: { readonly status: number; readonly code?: string; readonly message?: string; readonly path?: RegExp };
  /** Cuts the connection after so many bytes of the body, once for each number. */
  cutAfter: number[];
  /** Settles when the client has so many bytes of the file: a connection is not cut before. Default: at once. */
  arrived: (bytes: number) => Promise<unknown>;
  /** Ignores the `Range` header. */
  withoutRanges: boolean;
  /** Sends other contents than it announced. */
  altered: boolean;
}

/** A server with the parts of the hub's API that are used here, and a second one where large files are. */
export interface HubServer {
  readonly endpoint: string;
  readonly behaviour: HubBehaviour;
  readonly requests: SeenRequest[];
  /** Requests to the second server. */
  readonly storageRequests: SeenRequest[];
  /** Ends both servers and every connection to them. */
  close(): Promise<void>;
}

/** The only model of the server. */
export const servedModel = 'some-owner/Tiny-1.5';

/** Starts a hub with one model, its branch `main` and tag `v1`. */
export async function startHubServer(files: Record<string, Buffer>): Promise<HubServer> {
  const behaviour: HubBehaviour = {
    files,
    commit: 'a'.repeat(40),
    cutAfter: [],
    arrived: async () => undefined,
    withoutRanges: false,
    altered: false,
  };
  const storageRequests: SeenRequest[] = [];
  const requests: SeenRequest[] = [];
  const storage = createServer((request, response) => {
    storageRequests.push(seen(request));
    sendFile(behaviour, request, response);
  });
  await listen(storage);
  const hub = createServer((request, response) => {
    requests.push(seen(request));
    answer(behaviour, { request, response, storage: addressOf(storage) });
  });
  await listen(hub);
  return {
    endpoint: addressOf(hub),
    behaviour,
    requests,
    storageRequests,
    async close() {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function answer(
  behaviour: HubBehaviour,
  { request, response, storage }: { request: IncomingMessage; response: ServerResponse; storage: string },
): void {
  const { refuse, files, commit } = behaviour;
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://hub');
  const fail = (status: number, code?: string, message?: string) => {
    response.writeHead(status, {
      ...(code === undefined ? {} : { 'X-Error-Code': code }),
      ...(message === undefined ? {} : { 'X-Error-Message': message }),
    });
    response.end('{"error":"no"}');
  };
  if (refuse?.path?.test(pathname) ?? refuse !== undefined) return fail(refuse.status, refuse.code, refuse.message);
  const info = new RegExp(`^/api/models/${servedModel}/revision/(.+)$`).exec(pathname);
  if (info !== null) {
    const revision = decodeURIComponent(info[1] ?? '');
    if (!['main', 'v1', 'refs/pr/1', commit].includes(revision)) return fail(404, 'RevisionNotFound');
    return sendJson(response, { _id: '1', id: servedModel, sha: commit, lastModified: '2024-01-01T00:00:00.000Z' });
  }
  if (pathname === `/api/models/${servedModel}/tree/${commit}`) {
    // Two pages, as the hub gives them for long lists.
    const names = Object.keys(files);
    const half = Math.ceil(names.length / 2);
    const isSecond = searchParams.get('cursor') === '2';
    if (!isSecond) response.setHeader('Link', `<http://${request.headers.host}${pathname}?cursor=2>; rel="next"`);
    return sendJson(
      response,
      (isSecond ? names.slice(half) : names.slice(0, half)).map((name) => entry(name, files)),
    );
  }
  const name = decodeURIComponent(pathname.replace(`/${servedModel}/resolve/${commit}/`, ''));
  if (!Object.hasOwn(files, name)) return fail(pathname.includes(servedModel) ? 404 : 401, 'RepoNotFound');
  if (!isLarge(name)) return sendFile(behaviour, request, response);
  response.writeHead(302, { Location: `${storage}${pathname}` }).end();
}

function entry(path: string, files: Readonly<Record<string, Buffer>>): Record<string, unknown> {
  const content = files[path] ?? Buffer.alloc(0);
  const gitHash = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  if (!isLarge(path)) return { type: 'file', path, size: content.length, oid: gitHash };
  const oid = createHash('sha256').update(content).digest('hex');
  return { type: 'file', path, size: content.length, oid: '0'.repeat(40), lfs: { oid, size: content.length } };
}

function sendFile(behaviour: HubBehaviour, request: IncomingMessage, response: ServerResponse): void {
  const name = decodeURIComponent(request.url?.replace(/^.*\/resolve\/[^/]+\//, '') ?? '');
  const stored = behaviour.files[name] ?? Buffer.alloc(0);
  const content = behaviour.altered ? Buffer.from(stored.map((byte) => byte ^ 1)) : stored;
  const from = behaviour.withoutRanges ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const body = content.subarray(Number(from ?? 0));
  response.writeHead(from === undefined ? 200 : 206, {
    'Content-Length': body.length,
    ...(from === undefined ? {} : { 'Content-Range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
  const cut = isLarge(name) ? behaviour.cutAfter.shift() : undefined;
  if (cut === undefined) response.end(body);
  else {
    const upTo = Number(from ?? 0) + cut;
    response.write(body.subarray(0, cut), () => void behaviour.arrived(upTo).then(() => response.destroy()));
  }
}

function isLarge(name: string): boolean {
  return name.endsWith('.safetensors');
}

function sendJson(response: ServerResponse, json: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(json));
}

function seen({ url = '', headers }: IncomingMessage): SeenRequest {
  return { path: url, range: headers.range, authorization: headers.authorization };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
