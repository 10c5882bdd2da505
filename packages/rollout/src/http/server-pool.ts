import { RlloomError } from '@rlloom/spec';
import { type ConnectOptions, connectServer, type JsonServer } from './json-server.ts';
import { pauseFor, retryDelay, type RetryDelays } from './retry.ts';
import { chooseServer } from './route.ts';
import { ServerFailure } from './server-failure.ts';

/** What happened to a server, for logs. */
export interface ServerEvent {
  readonly url: string;
  /** `lost` = it did not come back in time and is given up. */
  readonly state: 'up' | 'down' | 'lost';
  readonly why: string;
}

/** Options of `createServerPool`. */
export interface ServerPoolOptions extends RetryDelays {
  readonly urls: readonly string[];
  readonly headers: ConnectOptions['headers'];
  /** Requests one server gets at once. */
  readonly maxConcurrent: number;
  readonly loadFactor: number;
  /** A server that is away for longer is given up, in milliseconds. */
  readonly maxDowntimeMs: number;
  readonly onServerEvent?: ((event: ServerEvent) => void) | undefined;
}

/** A server of a pool. */
export interface PooledServer {
  readonly url: string;
  readonly connection: JsonServer;
  /** Requests under way. */
  inFlight: number;
  state: 'up' | 'down' | 'lost';
  /** No request goes there before this time of `performance.now()`. */
  pausedUntil: number;
}

/** Several servers of the same model; each request goes to one that is up. */
export interface ServerPool {
  readonly servers: readonly PooledServer[];
  /**
   * Waits for a server with room, the one of `key` if it has; `release` must follow.
   *
   * @throws ServerFailure `aborted` when the signal ends the wait; RlloomError kind `rollout` when no server is left
   */
  acquire(key: string, signal: AbortSignal | undefined): Promise<PooledServer>;
  release(server: PooledServer): void;
  /** Takes a server out until `recover` succeeds, which is tried again and again. */
  takeDown(server: PooledServer, why: string): void;
  /** Gives a server nothing new for so long. */
  pause(server: PooledServer, milliseconds: number): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly key: string;
  readonly settle: (server: PooledServer | Error) => void;
}

/**
 * Connects to servers. Those that fail are taken down and come back by themselves.
 *
 * @param recover resolves when a server works again and has the present weights
 */
export function createServerPool(
  options: ServerPoolOptions,
  recover: (server: PooledServer, signal: AbortSignal) => Promise<void>,
): ServerPool {
  const closing = new AbortController();
  const recoveries = new Set<Promise<void>>();
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;
  const servers = options.urls.map(
    (url): PooledServer => ({
      url,
      // Two more for control, so that an abort never waits behind what it ends.
      connection: connectServer({ url, headers: options.headers, maxConnections: options.maxConcurrent + 2 }),
      inFlight: 0,
      state: 'up',
      pausedUntil: 0,
    }),
  );

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const entry of waiting) {
      const now = performance.now();
      const open = servers.filter(({ state, pausedUntil }) => state === 'up' && pausedUntil <= now);
      const server = open.length === 0 ? undefined : chooseServer(open, entry.key, options);
      if (server === undefined) break;
      server.inFlight++;
      entry.settle(server);
    }
    if (waiting.size === 0) return;
    if (servers.every(({ state }) => state === 'lost')) {
      for (const entry of waiting) entry.settle(noServerLeft(options));
      return;
    }
    const next = Math.min(...servers.filter(({ state }) => state === 'up').map(({ pausedUntil }) => pausedUntil));
    const wait = next - performance.now();
    if (Number.isFinite(wait) && wait > 0) timer = setTimeout(pump, Math.ceil(wait) + 1);
  };

  const bringBack = async (server: PooledServer): Promise<void> => {
    const since = performance.now();
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      try {
        await recover(server, closing.signal);
        if (closing.signal.aborted) return;
        server.state = 'up';
        options.onServerEvent?.({ url: server.url, state: 'up', why: 'it answers again' });
        return pump();
      } catch (error) {
        const away = performance.now() - since;
        if (closing.signal.aborted || away > options.maxDowntimeMs) {
          server.state = 'lost';
          const why = error instanceof Error ? error.message : String(error);
          if (!closing.signal.aborted) options.onServerEvent?.({ url: server.url, state: 'lost', why });
          return pump();
        }
        await pauseFor(Math.min(retryDelay(attempt, server.url, options), options.maxDowntimeMs), closing.signal);
      }
    }
  };

  return {
    servers,
    acquire(key, signal) {
      return new Promise((resolve, reject) => {
        if (closing.signal.aborted) return reject(closedEngine());
        if (signal?.aborted === true) return reject(new ServerFailure('aborted', 'aborted while waiting for a server'));
        const onAbort = (): void => entry.settle(new ServerFailure('aborted', 'aborted while waiting for a server'));
        const entry: Waiting = {
          key,
          settle(result) {
            waiting.delete(entry);
            signal?.removeEventListener('abort', onAbort);
            if (result instanceof Error) reject(result);
            else resolve(result);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.add(entry);
        pump();
      });
    },
    release(server) {
      server.inFlight--;
      pump();
    },
    takeDown(server, why) {
      if (server.state !== 'up' || closing.signal.aborted) return;
      server.state = 'down';
      options.onServerEvent?.({ url: server.url, state: 'down', why });
      const recovery = bringBack(server).finally(() => recoveries.delete(recovery));
      recoveries.add(recovery);
    },
    pause(server, milliseconds) {
      server.pausedUntil = Math.max(server.pausedUntil, performance.now() + milliseconds);
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      for (const entry of [...waiting]) entry.settle(closedEngine());
      await Promise.all(servers.map(({ connection }) => connection.close()));
      await Promise.all(recoveries);
    },
  };
}

function noServerLeft({ urls, maxDowntimeMs }: ServerPoolOptions): RlloomError {
  return new RlloomError('rollout', {
    what: `no server answers any more: ${urls.join(', ')} were away for more than ${maxDowntimeMs} ms`,
    where: 'rollout.engine.urls',
    fix: 'start the servers again and resume the run; finished steps are in its checkpoint',
  });
}

/** The engine was closed while work was waiting. */
export function closedEngine(): RlloomError {
  return new RlloomError('rollout', {
    what: 'the engine was closed while requests were waiting',
    fix: 'wait for generate before close, or abort its signal',
  });
}
