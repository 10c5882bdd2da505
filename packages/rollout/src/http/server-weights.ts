import { isRlloomError, RlloomError, type WeightSource } from '@rlloom/spec';
import { type AdapterShelf, createAdapterShelf } from './adapter-shelf.ts';
import type { ServerConfig } from './engine.config.ts';
import { ServerFailure } from './server-failure.ts';
import type { PooledServer, ServerPool } from './server-pool.ts';
import type { ServerGeneration, ServerProtocol } from './server-protocol.ts';

/** The weights that the servers of a pool work with. */
export interface ServerWeights {
  readonly version: number;
  /** Brings new weights to all servers that are up; the others get them when they are back. */
  replace(source: WeightSource): Promise<void>;
  /** Brings the present weights to a server that is back. */
  restore(server: PooledServer, signal: AbortSignal): Promise<void>;
  /** The adapter that a new request names, if it names one. */
  readonly takeAdapter: AdapterShelf['take'];
  /** Throws a `ServerFailure` for an answer of other weights than those that were brought. */
  readonly check: (answer: ServerGeneration) => void;
}

/** What the weights of servers depend on. */
export interface ServerWeightsOptions {
  readonly protocol: ServerProtocol;
  readonly config: ServerConfig;
  /** Brings weights to a server that cannot be told to read them. */
  readonly reload: ((url: string, source: WeightSource) => Promise<void>) | undefined;
  readonly pool: () => ServerPool;
}

/** No weights have been brought yet: servers have those they were started with, version 0. */
export function createServerWeights({ protocol, config, reload, pool }: ServerWeightsOptions): ServerWeights {
  const control = { timeoutMs: config.controlTimeoutMs };
  let version = 0;
  let pushed: WeightSource | undefined;
  const serversUp = (): PooledServer[] => pool().servers.filter(({ state }) => state === 'up');
  const shelf = createAdapterShelf({
    prefix: config.adapterPrefix,
    unload: async (name) => {
      // One that is left loaded costs memory only.
      await Promise.allSettled(
        serversUp().map(async ({ connection }) => protocol.unloadAdapter?.(connection, name, control)),
      );
    },
  });

  // Brings the present weights to one server.
  const push = async (server: PooledServer, signal?: AbortSignal): Promise<void> => {
    if (pushed === undefined) return;
    const call = { timeoutMs: config.weightTimeoutMs, signal };
    if (pushed.kind === 'adapter') {
      const newest = { name: shelf.nameOf(pushed.version), directory: pushed.directory };
      // A server that was away has none of those that requests under way began with.
      const older = server.state === 'up' ? [] : shelf.held().filter(({ name }) => name !== newest.name);
      for (const adapter of [...older, newest]) await protocol.loadAdapter?.(server.connection, adapter, call);
    } else if (reload !== undefined) await reload(server.url, pushed);
    else if (pushed.kind === 'checkpoint') {
      const { directory, version: name } = pushed;
      const { interruptible } = config;
      await protocol.loadCheckpoint?.(server.connection, { directory, version: name, interruptible, ...call });
    }
  };
  const pushToAll = async (): Promise<void> => {
    const up = serversUp();
    const outcomes = await Promise.allSettled(up.map((server) => push(server)));
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      const server = up[index] as PooledServer;
      const error: unknown = outcome.reason;
      if (!(error instanceof ServerFailure) || !error.isPassing) throw refused(protocol, server, error);
      // It gets them when it is back.
      pool().takeDown(server, `weights could not be brought: ${error.message}`);
    }
  };

  return {
    get version() {
      return version;
    },
    async replace(source) {
      const before = pushed;
      pushed = source;
      if (source.kind !== 'adapter') {
        version = source.version;
        return pushToAll();
      }
      await pushToAll().catch((error: unknown) => {
        pushed = before;
        throw error;
      });
      // Requests under way keep the adapter they began with.
      shelf.put(source.version, source.directory);
      version = source.version;
    },
    async restore(server, signal) {
      // New weights may come while it reads those before them.
      for (let brought: WeightSource | undefined | null = null; brought !== pushed; ) {
        brought = pushed;
        // A connection that broke need not mean a new process, and weights are large.
        const present =
          pushed?.kind === 'checkpoint' && (await protocol.weightVersion?.(server.connection, { ...control, signal }));
        if (reload !== undefined || present !== String(pushed?.version)) await push(server, signal);
      }
    },
    takeAdapter: () => shelf.take(),
    check({ versions = [] }) {
      if (pushed?.kind !== 'checkpoint' || reload !== undefined) return;
      const isKnown = (name: string): boolean =>
        config.interruptible ? /^\d+$/.test(name) && Number(name) <= version : name === String(version);
      const other = versions.find((span) => !isKnown(span.version));
      if (other === undefined) return;
      throw new ServerFailure('stale', `the server has weights ${other.version}, not ${version}: it was restarted`);
    },
  };
}

function refused(protocol: ServerProtocol, server: PooledServer, error: unknown): unknown {
  if (isRlloomError(error)) return error;
  return new RlloomError('rollout', {
    what: `the ${protocol.name} server at ${server.url} does not take the weights: ${error instanceof Error ? error.message : String(error)}`,
    where: 'rollout.engine.weight_update',
    fix: 'the folder with the weights must be on a path that the server reads, too',
    cause: error,
  });
}
