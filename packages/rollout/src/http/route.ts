import { deriveSeed, type GenerationRequest } from '@rlloom/spec';

/**
 * What a request is routed by: its session, else the head of its prompt, so that requests with a common prefix go
 * where that prefix is cached.
 *
 * @param prefixTokens tokens of the prompt that count
 */
export function routeKey(request: Pick<GenerationRequest, 'sessionId' | 'promptTokens'>, prefixTokens: number): string {
  if (request.sessionId !== undefined) return `session:${request.sessionId}`;
  return `prefix:${request.promptTokens.slice(0, prefixTokens).join(',')}`;
}

/** A server as far as routing goes. */
export interface RoutedServer {
  readonly url: string;
  /** Requests under way. */
  readonly inFlight: number;
}

/**
 * The server for a key, by highest random weight (rendezvous hashing, Thaler and Ravishankar 1998): when a server goes
 * or comes, only its own keys move. A server with more than `loadFactor` times its share of the requests passes them on
 * to the next of the key's order (consistent hashing with bounded loads, arXiv:1608.01350).
 *
 * @param servers those that may be chosen
 * @param limits requests one server may have at once, and the factor (≥ 1)
 * @returns `undefined` when every server is full
 * @example
 * ```ts
 * const servers = [{ url: 'http://a', inFlight: 0 }, { url: 'http://b', inFlight: 0 }];
 * chooseServer(servers, 'session:7', { maxConcurrent: 1, loadFactor: 1.25 }) === chooseServer(servers, 'session:7', { maxConcurrent: 1, loadFactor: 1.25 }); // => true
 * ```
 */
export function chooseServer<Server extends RoutedServer>(
  servers: readonly Server[],
  key: string,
  { maxConcurrent, loadFactor }: { readonly maxConcurrent: number; readonly loadFactor: number },
): Server | undefined {
  const total = servers.reduce((sum, { inFlight }) => sum + inFlight, 0);
  const share = Math.ceil((loadFactor * (total + 1)) / servers.length);
  const limit = Math.min(maxConcurrent, share);
  const order = servers
    .map((server) => ({ server, weight: deriveSeed(0, server.url, key) }))
    .sort((a, b) => b.weight - a.weight);
  return order.find(({ server }) => server.inFlight < limit)?.server;
}
