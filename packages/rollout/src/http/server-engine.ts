import { setMaxListeners } from 'node:events';
import {
  type EngineCapabilities,
  type EngineCallOptions,
  type GenerationRequest,
  RlloomError,
  type RolloutEngine,
  type Tokenizer,
  type WeightSource,
} from '@rlloom/spec';
import { createPauseGate } from '../pause-gate.ts';
import { attemptUntilDone } from './attempt-request.ts';
import { checkServerRequests, type RequestChecks } from './check-requests.ts';
import type { ServerConfig } from './engine.config.ts';
import { findEnd } from './find-end.ts';
import { createInFlight } from './in-flight.ts';
import { inspectServers } from './inspect-servers.ts';
import { createServerAnswer, type ServerGenerationResult } from './server-answer.ts';
import { ServerFailure } from './server-failure.ts';
import { createServerPool, type ServerEvent, type ServerPool } from './server-pool.ts';
import type { ServerProtocol } from './server-protocol.ts';
import { createServerWeights } from './server-weights.ts';

/** What a server engine needs beside its configuration. */
export interface ServerEngineParts {
  /** The tokenizer of the model: end tokens, and where stop strings end. */
  readonly tokenizer: Pick<Tokenizer, 'decode' | 'eosTokenIds'>;
  /** Sent with every request, as `authorization: Bearer`. */
  readonly apiKey?: string | undefined;
  /** Told when a server goes, comes back, or is given up. */
  readonly onServerEvent?: (event: ServerEvent) => void;
  /**
   * Brings new weights to servers that cannot be told to read them, e.g. by restarting them. Called between requests;
   * resolves when the server works with them.
   */
  readonly reload?: (url: string, source: WeightSource) => Promise<void>;
}

/** An engine that works on servers. */
export interface ServerEngine extends RolloutEngine {
  generate(requests: readonly GenerationRequest[], options?: EngineCallOptions): Promise<ServerGenerationResult[]>;
  /**
   * Refuses sampling that the servers' log-probs do not fit; asked before a run.
   *
   * @throws RlloomError kind `rollout`
   */
  checkSampling(sampling: GenerationRequest['sampling']): void;
  /** Makes every server forget cached prefixes. */
  resetPrefixCache(): Promise<void>;
}

/**
 * The engine over one or more servers of the same model that one protocol speaks to. Requests are routed by session or
 * prefix, tried again elsewhere or later when they fail in passing, and never answered twice; a server that dies gives
 * its requests back, and gets the present weights before it is used again.
 *
 * Only tokens cross the wire. Where a server ends before its time, the answer is continued from its tokens.
 *
 * @throws RlloomError kind `rollout` when a server cannot be reached or lacks something that is needed
 */
export async function createServerEngine(
  protocol: ServerProtocol,
  config: ServerConfig,
  parts: ServerEngineParts,
): Promise<ServerEngine> {
  const paused = createPauseGate();
  const updating = createPauseGate();
  const inFlight = createInFlight();
  const closing = new AbortController();
  let count = 0;
  const instance = Math.floor(performance.timeOrigin + performance.now()).toString(36);

  const weights = createServerWeights({ protocol, config, reload: parts.reload, pool: () => pool });
  const pool: ServerPool = createServerPool(
    {
      ...config,
      headers: {
        ...config.headers,
        ...(parts.apiKey !== undefined && { authorization: `Bearer ${parts.apiKey}` }),
      },
      onServerEvent: parts.onServerEvent,
    },
    async (server, signal) => {
      const isHealthy = await protocol.isHealthy(server.connection, { timeoutMs: config.controlTimeoutMs, signal });
      if (!isHealthy) throw new ServerFailure('connection', `${server.url} is not healthy`);
      await weights.restore(server, signal);
    },
  );
  const { capabilities, model, knownLogProbs } = await inspectServers(pool.servers, {
    ...{ protocol, config, isReloaded: parts.reload !== undefined, signal: closing.signal },
    probeId: () => `${config.requestPrefix}-${instance}-probe-${count++}`,
  }).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  const attempts = { protocol, config, pool, model, check: weights.check, closing: closing.signal };
  const checks: RequestChecks = {
    name: protocol.name,
    knownLogProbs,
    maxSequenceLength: capabilities.maxSequenceLength,
    truncatedSampling: config.truncatedSampling,
  };

  async function generateOne(request: GenerationRequest, signal: AbortSignal): Promise<ServerGenerationResult> {
    const { sampling } = request;
    const whole = createServerAnswer(sampling, knownLogProbs(sampling));
    await paused.passed(signal);
    await updating.passed(signal);
    if (signal.aborted) return whole.result('abort');
    const leave = inFlight.enter();
    const startVersion = weights.version;
    const adapter = weights.takeAdapter();
    try {
      const { stopStrings = [], eosTokenIds = parts.tokenizer.eosTokenIds } = sampling;
      const id = `${config.requestPrefix}-${instance}-${count++}`;
      const common = { request, eosTokenIds, stopStrings, adapter: adapter?.name, signal, done: whole.tokens };
      for (let piece = 0; ; piece++) {
        const answer = await attemptUntilDone({ ...common, id: `${id}-${piece}` }, attempts);
        if (answer === undefined) return whole.result('abort');
        whole.append(answer, config.interruptible ? weights.version : startVersion);
        const end = findEnd(whole.tokens, { eosTokenIds, stopStrings, tokenizer: parts.tokenizer });
        if (end !== undefined) return whole.result(end.reason, end.length);
        if (whole.tokens.length >= sampling.maxNewTokens) return whole.result('length');
        if (signal.aborted) return whole.result('abort');
        if (answer.end === 'stop-string') return whole.result('stop');
      }
    } finally {
      adapter?.release();
      leave();
    }
  }

  return {
    capabilities,
    checkSampling: (sampling) => checkServerRequests([{ sampling, promptTokens: [0], seed: 0 }], checks),
    async generate(requests, { signal, onProgress } = {}) {
      checkServerRequests(requests, checks);
      // One request that fails for good ends the others; none is left running.
      const controller = new AbortController();
      // Each request under way listens, and lets go when it is done.
      setMaxListeners(0, controller.signal);
      const onAbort = (): void => controller.abort();
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) controller.abort();
      let finished = 0;
      let failure: unknown;
      const results = await Promise.all(
        requests.map(async (request) => {
          try {
            const result = await generateOne(request, controller.signal);
            onProgress?.(++finished, requests.length);
            return result;
          } catch (error) {
            failure ??= error;
            controller.abort();
            return undefined;
          }
        }),
      ).finally(() => signal?.removeEventListener('abort', onAbort));
      if (failure !== undefined) throw failure as Error;
      return results as ServerGenerationResult[];
    },
    async updateWeights(source) {
      refuseUnfit(source, capabilities, protocol);
      if (source.kind === 'adapter') return weights.replace(source);
      updating.close();
      try {
        if (!config.interruptible) await inFlight.empty();
        await weights.replace(source);
      } finally {
        updating.open();
      }
    },
    async resetPrefixCache() {
      const up = pool.servers.filter(({ state }) => state === 'up');
      const call = { timeoutMs: config.controlTimeoutMs };
      await Promise.all(up.map(async ({ connection }) => protocol.resetPrefixCache?.(connection, call)));
    },
    async pause() {
      paused.close();
      if (!config.interruptible) await inFlight.empty();
    },
    async resume() {
      paused.open();
    },
    async close() {
      closing.abort();
      paused.open();
      updating.open();
      await pool.close();
    },
  };
}

function refuseUnfit(source: WeightSource, { weightUpdate }: EngineCapabilities, { name }: ServerProtocol): void {
  const wanted = { shared: 'shared', checkpoint: 'full', adapter: 'adapter' }[source.kind];
  if (wanted === weightUpdate) return;
  throw new RlloomError('rollout', {
    what: `the ${name} engine takes ${weightUpdate === 'none' ? 'no weights' : `weights of kind ${weightUpdate}`}, not of kind ${source.kind}`,
    where: 'rollout.engine.weight_update',
    fix:
      source.kind === 'shared'
        ? 'weights of this process have to be written to a folder first: publishWeights does'
        : 'choose the kind of update that is trained, or an engine that can take it',
  });
}
