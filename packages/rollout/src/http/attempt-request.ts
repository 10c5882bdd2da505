import { type GenerationRequest, isRlloomError, RlloomError } from '@rlloom/spec';
import type { ServerConfig } from './engine.config.ts';
import { withoutIdleTruncation } from './log-prob-meaning.ts';
import { pauseFor, retryDelay } from './retry.ts';
import { routeKey } from './route.ts';
import { ServerFailure } from './server-failure.ts';
import { closedEngine, type PooledServer, type ServerPool } from './server-pool.ts';
import type { ServerGeneration, ServerProtocol } from './server-protocol.ts';

/** A request, or what is left of it. */
export interface RequestPiece {
  readonly request: GenerationRequest;
  /** Names it at servers. */
  readonly id: string;
  /** The tokens it has already. */
  readonly done: readonly number[];
  readonly eosTokenIds: readonly number[];
  readonly stopStrings: readonly string[];
  readonly adapter: string | undefined;
  readonly signal: AbortSignal;
}

/** What attempts are made with. */
export interface AttemptOptions {
  readonly protocol: ServerProtocol;
  readonly config: ServerConfig;
  readonly pool: ServerPool;
  readonly model: string | undefined;
  /** Throws a `ServerFailure` for an answer that cannot be taken. */
  readonly check: (answer: ServerGeneration) => void;
  /** Ends when the engine is closed. */
  readonly closing: AbortSignal;
}

/**
 * Tokens that follow, of the first server that gives them: an attempt that fails in passing is made again, elsewhere or
 * later, with the same seed. `undefined` when the signal ended it before there were any.
 *
 * @throws RlloomError kind `rollout` when the servers fail for good or too often
 */
export async function attemptUntilDone(
  piece: RequestPiece,
  options: AttemptOptions,
): Promise<ServerGeneration | undefined> {
  const { config, pool, protocol, closing } = options;
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
      const answer = await ask(server, { ...piece, id: `${piece.id}-${attempt}` }, options);
      if (answer.tokens.length > 0 || piece.signal.aborted) return answer;
      throw new ServerFailure('answer', `${server.url} answered without a token`);
    } catch (error) {
      if (isRlloomError(error)) throw error;
      if (!(error instanceof ServerFailure)) throw failed(protocol, error, attempt);
      if (piece.signal.aborted) return undefined;
      if (closing.aborted) throw closedEngine();
      if (!error.isPassing || attempt > config.maxRetries) throw failed(protocol, error, attempt);
      if (error.reason === 'connection' || error.reason === 'stale') pool.takeDown(server, error.message);
      else if (error.status === 429 || error.status === 503) {
        const asked = error.retryAfterMs ?? retryDelay(1, piece.id, config);
        pool.pause(server, Math.min(asked, config.maxRetryDelayMs));
      }
    } finally {
      pool.release(server);
    }
    await pauseFor(retryDelay(attempt, piece.id, config), piece.signal);
  }
}

async function ask(
  { connection: server }: PooledServer,
  piece: RequestPiece,
  { protocol, config, model, check }: AttemptOptions,
): Promise<ServerGeneration> {
  const { request, done, id: requestId, adapter } = piece;
  const control = { timeoutMs: config.controlTimeoutMs };
  const connection = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const endAtServer = (): void => {
    if (protocol.abort === undefined) return connection.abort();
    // The server answers with what it has; when it does not, the connection goes.
    timers.push(setTimeout(() => connection.abort(), config.abortGraceMs));
    protocol.abort(server, requestId, control).catch(() => connection.abort());
  };
  piece.signal.addEventListener('abort', endAtServer, { once: true });
  const remaining = request.sampling.maxNewTokens - done.length;
  const isLookedThrough = piece.stopStrings.length > 0 && protocol.stopStringsAt === 'client';
  const maxNewTokens = isLookedThrough ? Math.min(remaining, config.stopCheckTokens) : remaining;
  try {
    const answer = await protocol.generate(
      {
        ...{ server, requestId, adapter, maxNewTokens },
        tokens: [...request.promptTokens, ...done],
        eosTokenIds: piece.eosTokenIds,
        stopStrings: isLookedThrough ? [] : piece.stopStrings,
        sampling: withoutIdleTruncation(request.sampling),
        // Each continuation has a stream of its own; the first has the request's.
        seed: done.length === 0 ? request.seed : (request.seed + Math.imul(done.length, 0x9e3779b1)) >>> 0,
        sessionId: request.sessionId,
        timeoutMs: config.timeoutMs,
        signal: connection.signal,
      },
      model,
    );
    checkShape(answer, maxNewTokens);
    check(answer);
    return answer;
  } catch (error) {
    // A server that was started again knows no adapter any more.
    if (adapter !== undefined && error instanceof ServerFailure && speaksOfAdapter(error)) {
      throw new ServerFailure('stale', `the server does not know ${adapter}: it was restarted`);
    }
    // It may still be at work on what nobody waits for any more.
    if (error instanceof ServerFailure && error.reason === 'timeout') {
      await protocol.abort?.(server, requestId, control).catch(() => undefined);
    }
    throw error;
  } finally {
    timers.forEach(clearTimeout);
    piece.signal.removeEventListener('abort', endAtServer);
  }
}

function checkShape({ tokens, logProbs, samplingLogProbs }: ServerGeneration, maxNewTokens: number): void {
  const arrays = samplingLogProbs === undefined ? [logProbs] : [logProbs, samplingLogProbs];
  const isFit =
    tokens.length <= maxNewTokens &&
    tokens.every((token) => Number.isInteger(token) && token >= 0) &&
    arrays.every((array) => array.length === tokens.length && array.every((value) => Number.isFinite(value)));
  if (!isFit) throw new ServerFailure('answer', 'the answer does not have one log-prob per token, or too many tokens');
}

function speaksOfAdapter({ status, message }: ServerFailure): boolean {
  return status === 404 || (status === 400 && /lora/i.test(message));
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
