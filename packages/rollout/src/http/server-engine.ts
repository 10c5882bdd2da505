import { setMaxListeners } from 'node:events';
import {
  type EngineCapabilities,
  type GenerationRequest,
  type GenerationResult,
  isRlloomError,
  RlloomError,
  type RolloutEngine,
  type SamplingParameters,
  type StopReason,
  type Tokenizer,
  type WeightSource,
} from '@rlloom/spec';
import { createPauseGate } from '../pause-gate.ts';
import { createAdapterShelf } from './adapter-shelf.ts';
import { checkServerRequests, type RequestChecks } from './check-requests.ts';
import type { ServerConfig } from './engine.config.ts';
import { findEnd } from './find-end.ts';
import { createInFlight } from './in-flight.ts';
import {
  type KnownLogProbs,
  knownLogProbs,
  type LogProbMeaning,
  measureLogProbs,
  withoutIdleTruncation,
} from './log-prob-meaning.ts';
import { pauseFor, retryDelay } from './retry.ts';
import { routeKey } from './route.ts';
import { ServerFailure } from './server-failure.ts';
import { closedEngine, createServerPool, type PooledServer, type ServerEvent } from './server-pool.ts';
import type { ServerFacts, ServerGeneration, ServerProtocol } from './server-protocol.ts';
import { tokenVersions } from './token-versions.ts';

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

/** A result of a server engine. */
export interface ServerGenerationResult extends GenerationResult {
  /**
   * `logProbs` = only they are known and `samplingLogProbs` repeats them; `samplingLogProbs` = the other way round; only
   * with `truncatedSampling: 'flag'`.
   */
  readonly knownLogProbs: 'both' | 'logProbs' | 'samplingLogProbs';
}

/** An engine that works on servers. */
export interface ServerEngine extends RolloutEngine {
  generate(
    requests: readonly GenerationRequest[],
    options?: Parameters<RolloutEngine['generate']>[1],
  ): Promise<ServerGenerationResult[]>;
  /**
   * Refuses sampling that the servers' log-probs do not fit; asked before a run.
   *
   * @throws RlloomError kind `rollout`
   */
  checkSampling(sampling: GenerationRequest['sampling']): void;
  /** Makes every server forget cached prefixes. */
  resetPrefixCache(): Promise<void>;
}

type Partial = { -readonly [Key in 'tokens' | 'logProbs' | 'samplingLogProbs' | 'policyVersions']: number[] };

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
  const control = { timeoutMs: config.controlTimeoutMs };
  const paused = createPauseGate();
  const updating = createPauseGate();
  const inFlight = createInFlight();
  const closing = new AbortController();
  let version = 0;
  let pushed: WeightSource | undefined;
  let count = 0;
  const instance = Math.floor(performance.timeOrigin + performance.now()).toString(36);

  const pool = createServerPool(
    {
      ...config,
      headers: {
        ...config.headers,
        ...(parts.apiKey !== undefined && { authorization: `Bearer ${parts.apiKey}` }),
      },
      onServerEvent: parts.onServerEvent,
    },
    async (server, signal) => {
      const call = { ...control, signal };
      if (!(await protocol.isHealthy(server.connection, call))) {
        throw new ServerFailure('connection', `${server.url} is not healthy`);
      }
      // New weights may come while it reads those before them.
      for (let brought: WeightSource | undefined | null = null; brought !== pushed; ) {
        brought = pushed;
        // A connection that broke need not mean a new process, and weights are large.
        const present = pushed?.kind === 'checkpoint' && (await protocol.weightVersion?.(server.connection, call));
        if (parts.reload !== undefined || present !== String(pushed?.version)) await push(server, signal);
      }
    },
  );
  const shelf = createAdapterShelf({
    prefix: config.adapterPrefix,
    unload: async (name) => {
      // One that is left loaded costs memory only.
      await onServersUp(async ({ connection }) => protocol.unloadAdapter?.(connection, name, control)).catch(
        () => undefined,
      );
    },
  });

  let facts: ServerFacts;
  let meaning: LogProbMeaning;
  try {
    const { weightUpdate, model, maxSequenceLength } = config;
    const needs = {
      ...control,
      weightUpdate: parts.reload === undefined ? weightUpdate : 'none',
      model,
      maxSequenceLength,
    } as const;
    const all = await Promise.all(pool.servers.map(({ connection }) => protocol.inspect(connection, needs)));
    facts = {
      ...(all[0] as ServerFacts),
      maxSequenceLength: Math.min(...all.map(({ maxSequenceLength }) => maxSequenceLength)),
      seeded: all.every(({ seeded }) => seeded),
      isFullPrecision: all.every(({ isFullPrecision }) => isFullPrecision),
    };
    meaning = await meaningOf(pool.servers, facts.model);
  } catch (error) {
    await pool.close();
    throw unreachable(protocol, error);
  }
  const capabilities: EngineCapabilities = {
    name: protocol.name,
    logProbs: facts.isFullPrecision ? 'approximate' : 'none',
    weightUpdate: weightUpdateOf(protocol, config, parts),
    maxSequenceLength: facts.maxSequenceLength,
    seeded: facts.seeded,
    stopStrings: true,
    joinsCalls: true,
  };

  async function onServersUp(work: (server: PooledServer) => Promise<void>): Promise<void> {
    await Promise.all(pool.servers.filter(({ state }) => state === 'up').map(work));
  }

  // Brings the present weights to one server.
  async function push(server: PooledServer, signal?: AbortSignal): Promise<void> {
    if (pushed === undefined) return;
    const call = { timeoutMs: config.weightTimeoutMs, signal };
    if (pushed.kind === 'adapter') {
      const newest = { name: shelf.nameOf(pushed.version), directory: pushed.directory };
      // A server that was away has none of those that requests under way began with.
      const older = server.state === 'up' ? [] : shelf.held().filter(({ name }) => name !== newest.name);
      for (const adapter of [...older, newest]) await protocol.loadAdapter?.(server.connection, adapter, call);
    } else if (parts.reload !== undefined) await parts.reload(server.url, pushed);
    else if (pushed.kind === 'checkpoint') {
      const { directory, version } = pushed;
      const { interruptible } = config;
      await protocol.loadCheckpoint?.(server.connection, { directory, version, interruptible, ...call });
    }
  }

  async function pushToAll(): Promise<void> {
    const up = pool.servers.filter(({ state }) => state === 'up');
    const outcomes = await Promise.allSettled(up.map((server) => push(server)));
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      const server = up[index] as PooledServer;
      const error: unknown = outcome.reason;
      if (!(error instanceof ServerFailure) || !error.isPassing) throw weightsRefused(protocol, server, error);
      // It gets them when it is back.
      pool.takeDown(server, `weights could not be brought: ${error.message}`);
    }
  }

  async function generateOne(request: GenerationRequest, signal: AbortSignal): Promise<ServerGenerationResult> {
    const known = describeKnown(knownOf(request.sampling));
    const done: Partial = { tokens: [], logProbs: [], samplingLogProbs: [], policyVersions: [] };
    const finish = (stopReason: StopReason, length = done.tokens.length): ServerGenerationResult => ({
      tokens: Int32Array.from(done.tokens.slice(0, length)),
      logProbs: Float32Array.from(done.logProbs.slice(0, length)),
      samplingLogProbs: Float32Array.from(done.samplingLogProbs.slice(0, length)),
      policyVersions: Int32Array.from(done.policyVersions.slice(0, length)),
      stopReason,
      knownLogProbs: known,
    });
    await paused.passed(signal);
    await updating.passed(signal);
    if (signal.aborted) return finish('abort');
    const leave = inFlight.enter();
    const startVersion = version;
    const adapter = shelf.take();
    try {
      const eosTokenIds = request.sampling.eosTokenIds ?? parts.tokenizer.eosTokenIds;
      const stopStrings = request.sampling.stopStrings ?? [];
      const id = `${config.requestPrefix}-${instance}-${count++}`;
      for (let piece = 0; ; piece++) {
        const answer = await attemptUntilDone({
          request,
          id: `${id}-${piece}`,
          done: done.tokens,
          eosTokenIds,
          stopStrings,
          adapter: adapter?.name,
          signal,
        });
        if (answer === undefined) return finish('abort');
        append(done, answer, { version: config.interruptible ? version : startVersion, sampling: request.sampling });
        const end = findEnd(done.tokens, { eosTokenIds, stopStrings, tokenizer: parts.tokenizer });
        if (end !== undefined) return finish(end.reason, end.length);
        if (done.tokens.length >= request.sampling.maxNewTokens) return finish('length');
        if (signal.aborted) return finish('abort');
        if (answer.end === 'stop-string') return finish('stop');
      }
    } finally {
      adapter?.release();
      leave();
    }
  }

  interface Piece {
    readonly request: GenerationRequest;
    readonly id: string;
    readonly done: readonly number[];
    readonly eosTokenIds: readonly number[];
    readonly stopStrings: readonly string[];
    readonly adapter: string | undefined;
    readonly signal: AbortSignal;
  }

  // Tokens that follow; `undefined` when the signal ended it before there were any.
  async function attemptUntilDone(piece: Piece): Promise<ServerGeneration | undefined> {
    const key = routeKey(piece.request, config.prefixTokens);
    for (let attempt = 1; ; attempt++) {
      let server: PooledServer;
      try {
        server = await pool.acquire(key, piece.signal);
      } catch (error) {
        if (error instanceof ServerFailure && error.reason === 'aborted') return undefined;
        throw error;
      }
      try {
        const answer = await ask(server, piece, `${piece.id}-${attempt}`);
        if (answer.tokens.length > 0 || piece.signal.aborted) return answer;
        throw new ServerFailure('answer', `${server.url} answered without a token`);
      } catch (error) {
        if (isRlloomError(error)) throw error;
        if (!(error instanceof ServerFailure)) throw failed(protocol, error, attempt);
        if (piece.signal.aborted) return undefined;
        if (closing.signal.aborted) throw closedEngine();
        if (!error.isPassing || attempt > config.maxRetries) throw failed(protocol, error, attempt);
        react(server, error, piece.id);
      } finally {
        pool.release(server);
      }
      await pauseFor(retryDelay(attempt, piece.id, config), piece.signal);
    }
  }

  function react(server: PooledServer, failure: ServerFailure, key: string): void {
    if (failure.reason === 'connection' || failure.reason === 'stale') pool.takeDown(server, failure.message);
    else if (failure.status === 429 || failure.status === 503) {
      pool.pause(server, Math.min(failure.retryAfterMs ?? retryDelay(1, key, config), config.maxRetryDelayMs));
    }
  }

  async function ask(server: PooledServer, piece: Piece, requestId: string): Promise<ServerGeneration> {
    const { request, done } = piece;
    const connection = new AbortController();
    const timers: NodeJS.Timeout[] = [];
    const endAtServer = (): void => {
      if (protocol.abort === undefined) return connection.abort();
      // The server answers with what it has; when it does not, the connection goes.
      timers.push(setTimeout(() => connection.abort(), config.abortGraceMs));
      protocol.abort(server.connection, requestId, control).catch(() => connection.abort());
    };
    piece.signal.addEventListener('abort', endAtServer, { once: true });
    const remaining = request.sampling.maxNewTokens - done.length;
    const isLookedThrough = piece.stopStrings.length > 0 && protocol.stopStringsAt === 'client';
    const maxNewTokens = isLookedThrough ? Math.min(remaining, config.stopCheckTokens) : remaining;
    try {
      const answer = await protocol.generate(
        {
          server: server.connection,
          requestId,
          tokens: [...request.promptTokens, ...done],
          maxNewTokens,
          eosTokenIds: piece.eosTokenIds,
          stopStrings: isLookedThrough ? [] : piece.stopStrings,
          sampling: withoutIdleTruncation(request.sampling),
          // Each continuation has a stream of its own; the first has the request's.
          seed: done.length === 0 ? request.seed : (request.seed + Math.imul(done.length, 0x9e3779b1)) >>> 0,
          sessionId: request.sessionId,
          adapter: piece.adapter,
          timeoutMs: config.timeoutMs,
          signal: connection.signal,
        },
        facts.model,
      );
      checkAnswer(answer, maxNewTokens);
      checkVersions(answer);
      return answer;
    } catch (error) {
      // A server that was started again knows no adapter any more.
      if (piece.adapter !== undefined && error instanceof ServerFailure && speaksOfAdapter(error)) {
        throw new ServerFailure('stale', `the server does not know ${piece.adapter}: it was restarted`);
      }
      // It may still be at work on what nobody waits for any more.
      if (error instanceof ServerFailure && error.reason === 'timeout') {
        await protocol.abort?.(server.connection, requestId, control).catch(() => undefined);
      }
      throw error;
    } finally {
      timers.forEach(clearTimeout);
      piece.signal.removeEventListener('abort', endAtServer);
    }
  }

  function checkVersions({ versions = [] }: ServerGeneration): void {
    if (pushed?.kind !== 'checkpoint' || parts.reload !== undefined) return;
    const isKnown = (name: string): boolean =>
      config.interruptible ? /^\d+$/.test(name) && Number(name) <= version : name === String(version);
    const other = versions.find((span) => !isKnown(span.version));
    if (other === undefined) return;
    throw new ServerFailure('stale', `the server has weights ${other.version}, not ${version}: it was restarted`);
  }

  return {
    capabilities,
    checkSampling: (sampling) => checkServerRequests([{ sampling, promptTokens: [0], seed: 0 }], checks()),
    async generate(requests, { signal, onProgress } = {}) {
      checkServerRequests(requests, checks());
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
      if (source.kind === 'adapter') {
        const before = pushed;
        pushed = source;
        await pushToAll().catch((error: unknown) => {
          pushed = before;
          throw error;
        });
        // Requests under way keep the adapter they began with.
        shelf.put(source.version, source.directory);
        version = source.version;
        return;
      }
      updating.close();
      try {
        if (!config.interruptible) await inFlight.empty();
        pushed = source;
        version = source.version;
        await pushToAll();
      } finally {
        updating.open();
      }
    },
    async resetPrefixCache() {
      await onServersUp(async ({ connection }) => protocol.resetPrefixCache?.(connection, control));
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

  function checks(): RequestChecks {
    return {
      name: protocol.name,
      knownLogProbs: knownOf,
      maxSequenceLength: facts.maxSequenceLength,
      truncatedSampling: config.truncatedSampling,
    };
  }

  function knownOf(sampling: SamplingParameters): KnownLogProbs {
    return (protocol.knownLogProbs ?? knownLogProbs)(meaning, sampling);
  }

  async function meaningOf(servers: readonly PooledServer[], model: string | undefined): Promise<LogProbMeaning> {
    if (protocol.logProbMeaning !== undefined) return protocol.logProbMeaning;
    if (config.logProbMeaning !== 'measure') return config.logProbMeaning;
    const measured = await Promise.all(
      servers.map(({ url, connection }) =>
        measureLogProbs(url, async (prompt, sampling) => {
          const id = `${config.requestPrefix}-${instance}-probe-${count++}`;
          const call = { server: connection, requestId: id, tokens: prompt, maxNewTokens: 1, seed: 1, sampling };
          const { logProbs } = await protocol.generate(
            { ...call, ...control, eosTokenIds: [], stopStrings: [], signal: closing.signal },
            model,
          );
          return logProbs[0] ?? Number.NaN;
        }),
      ),
    );
    if (measured.every((one) => one === measured[0])) return measured[0] as LogProbMeaning;
    throw new RlloomError('rollout', {
      what: `the servers give log-probs of different kinds: ${measured.join(', ')}`,
      where: 'rollout.engine.urls',
      fix: 'start all of them with the same settings',
    });
  }
}

function describeKnown({ logProbs, samplingLogProbs }: KnownLogProbs): ServerGenerationResult['knownLogProbs'] {
  if (logProbs && samplingLogProbs) return 'both';
  return logProbs ? 'logProbs' : 'samplingLogProbs';
}

function append(
  done: Partial,
  { tokens, logProbs, samplingLogProbs, versions }: ServerGeneration,
  { version, sampling }: { readonly version: number; readonly sampling: SamplingParameters },
): void {
  // What is drawn greedily is drawn with probability 1.
  const drawn = sampling.temperature === 0 ? tokens.map(() => 0) : (samplingLogProbs ?? logProbs);
  for (const [index, token] of tokens.entries()) {
    done.tokens.push(token);
    done.logProbs.push(Math.min(logProbs[index] as number, 0));
    done.samplingLogProbs.push(Math.min(drawn[index] as number, 0));
  }
  done.policyVersions.push(...tokenVersions(tokens.length, versions, version));
}

function speaksOfAdapter({ status, message }: ServerFailure): boolean {
  return status === 404 || (status === 400 && /lora/i.test(message));
}

function checkAnswer({ tokens, logProbs, samplingLogProbs }: ServerGeneration, maxNewTokens: number): void {
  const arrays = samplingLogProbs === undefined ? [logProbs] : [logProbs, samplingLogProbs];
  const isFit =
    tokens.length <= maxNewTokens &&
    tokens.every((token) => Number.isInteger(token) && token >= 0) &&
    arrays.every((array) => array.length === tokens.length && array.every((value) => Number.isFinite(value)));
  if (!isFit) throw new ServerFailure('answer', 'the answer does not have one log-prob per token, or too many tokens');
}

function weightUpdateOf(
  protocol: ServerProtocol,
  config: ServerConfig,
  parts: ServerEngineParts,
): EngineCapabilities['weightUpdate'] {
  if (config.weightUpdate === 'adapter' && protocol.loadAdapter !== undefined) return 'adapter';
  if (config.weightUpdate === 'full' && (protocol.loadCheckpoint !== undefined || parts.reload !== undefined)) {
    return 'full';
  }
  return 'none';
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

function unreachable(protocol: ServerProtocol, error: unknown): unknown {
  if (!(error instanceof ServerFailure)) return error;
  return new RlloomError('rollout', {
    what: `the ${protocol.name} server cannot be used: ${error.message}`,
    where: 'rollout.engine.urls',
    fix: 'start it, or correct the address',
    cause: error,
  });
}

function failed(protocol: ServerProtocol, error: unknown, attempts: number): RlloomError {
  return new RlloomError('rollout', {
    what: `the ${protocol.name} server failed ${attempts === 1 ? '' : `${attempts} times`}: ${error instanceof Error ? error.message : String(error)}`.replace(
      ' :',
      ':',
    ),
    where: 'rollout.engine',
    fix: 'look into the log of the server; rollout.engine.max_retries is how often a request is tried again',
    cause: error,
  });
}

function weightsRefused(protocol: ServerProtocol, server: PooledServer, error: unknown): unknown {
  if (isRlloomError(error)) return error;
  return new RlloomError('rollout', {
    what: `the ${protocol.name} server at ${server.url} does not take the weights: ${error instanceof Error ? error.message : String(error)}`,
    where: 'rollout.engine.weight_update',
    fix: 'the folder with the weights must be on a path that the server reads, too',
    cause: error,
  });
}
