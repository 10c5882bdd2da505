import type { AddressInfo } from 'node:net';
import { listenOn, requireToken, serveMetrics, useZodSchemas } from '@rlloom/http-server';
import { RlloomError, type RolloutEngine, type Tokenizer, type WeightSource } from '@rlloom/spec';
import { fastify } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { ToolCallFormat } from './tool-call-format.ts';
import { type GatewayConfig, gatewayConfig } from './gateway.config.ts';
import { createGatewayService } from './gateway-service.ts';
import { errorAnswer, OpenAiError } from './openai-error.ts';
import { addOpenAiRoutes } from './openai-routes.ts';
import { addRolloutRoutes } from './rollout-routes.ts';
import { scoreCalls, type SessionOptions, type SessionRecord, type SessionSampling } from './session.ts';
import type { SessionEnd } from './session-registry.ts';

/** What `createGateway` takes. */
export interface GatewayOptions {
  /** Answers; stays the caller's. A local engine is best `interruptible`: then calls share batches. */
  readonly engine: RolloutEngine;
  /** Renders conversations with its chat template. */
  readonly tokenizer: Tokenizer;
  /** Reads tool calls: a format of `@rlloom/environments`. Default: calls with tools are refused. */
  readonly toolFormat?: ToolCallFormat;
  /**
   * How sessions are sampled that are not opened with a sampling of their own, whatever their agents ask for. Default:
   * as the agents ask for, temperature 1 where they do not.
   */
  readonly sampling?: SessionSampling;
  /** The API key that clients must send. Default: none is asked for. */
  readonly token?: string;
  /** Limits and manners. */
  readonly config?: z.input<typeof gatewayConfig>;
  /** Gets the sessions that end by the API or by being idle. Those of `endSession` are its result. */
  readonly onSessionEnd?: (record: SessionRecord) => void | Promise<void>;
  /** Shown in the OpenAPI document. Default `0.0.0` */
  readonly version?: string;
}

/** A session that agents may call. */
export interface GatewaySession {
  readonly rolloutId: string;
  readonly attempt: string;
  /** What an OpenAI client takes as its base URL. */
  readonly baseUrl: string;
  /** Takes `POST { "reward": 1 }`. */
  readonly rewardUrl: string;
}

/** A running gateway. */
export interface Gateway {
  readonly config: GatewayConfig;
  /** The API key of clients, where one is asked for. */
  readonly token: string | undefined;
  /** Sessions that are open, and calls in progress. */
  readonly load: { readonly sessions: number; readonly calls: number };
  /**
   * Starts to listen; port 0 takes a free one. With `unref` it does not keep a process from ending that has nothing else
   * to do. Returns the URL.
   */
  listen(place?: { readonly host?: string; readonly port?: number; readonly unref?: boolean }): Promise<string>;
  /** Opens a session. Throws an `OpenAiError` when it is open or there is no room, `RlloomError` before `listen`. */
  openSession(options: SessionOptions): GatewaySession;
  /** Rewards an open session: of the whole, and of its answers in the order they were given. */
  reward(
    session: Pick<GatewaySession, 'rolloutId' | 'attempt'>,
    reward: { readonly reward?: number; readonly scores?: readonly (number | null)[] },
  ): void;
  /** Ends a session: its calls in progress are aborted, later ones answered 410. `undefined` when it is not open. */
  endSession(session: Pick<GatewaySession, 'rolloutId' | 'attempt'>, how?: SessionEnd): SessionRecord | undefined;
  /** Refuses or holds new calls; resolves when the engine stands still, so that weights may be changed. */
  pause(): Promise<void>;
  /** Takes calls again. */
  resume(): Promise<void>;
  /** `pause`, the engine's `updateWeights`, `resume`. */
  updateWeights(source: WeightSource): Promise<void>;
  /** Takes no more calls, lets those in progress end, and frees the port; safe to call twice. */
  close(): Promise<void>;
}

/**
 * An OpenAI-compatible endpoint in front of any engine, which records what agents call it with as token-exact
 * trajectories. An agent is trained unchanged: its base URL becomes `<url>/rollout/<rollout id>/<attempt>/v1`. Calls to
 * plain `<url>/v1` are answered and not recorded.
 *
 * Endpoints: `POST …/v1/chat/completions`, `POST …/v1/responses`, `GET …/v1/models`, rewards and ends of sessions
 * below `/rollout`, `GET /health`, `/metrics` (Prometheus) and `/openapi.json`.
 *
 * @throws RlloomError `model` for a tokenizer without chat template; `config` for limits, an empty token, or a place
 * that cannot be listened on
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { engine, tokenizer, token, version = '0.0.0' } = options;
  const config = gatewayConfig.parse(options.config ?? {});
  if (!tokenizer.hasChatTemplate) {
    throw new RlloomError('model', {
      what: 'the tokenizer has no chat template, and agents send conversations',
      fix: 'use a tokenizer with one, or put a chat_template.jinja into the model folder',
    });
  }
  const { toolFormat, sampling } = options;
  const service = createGatewayService({ engine, tokenizer, toolFormat, sampling, config });
  const { sessions } = service;
  const onSessionEnd = async (record: SessionRecord): Promise<void> => options.onSessionEnd?.(record);

  const app = fastify({
    bodyLimit: config.bodyLimitMb * 2 ** 20,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1024 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setErrorHandler((error: unknown, _, reply) => {
    const { statusCode, retryAfterSeconds, body } = errorAnswer(error);
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
    if (statusCode === 401) void reply.header('www-authenticate', 'Bearer');
    return reply.status(statusCode).send(body);
  });
  app.setNotFoundHandler(({ method, url }) => {
    throw new OpenAiError(404, { message: `there is no ${method} ${url}: see /openapi.json`, code: 'not_found' });
  });
  await useZodSchemas(app, { title: 'rlloom gateway', version });
  // A connection that never sent a request counts as busy for Node, and would hold up the end.
  let pending = 0;
  let isClosing = false;
  const closeIdle = (): void => {
    if (isClosing && pending === 0) app.server.closeAllConnections();
  };
  app.addHook('onRequest', async (_, reply) => {
    pending += 1;
    // Comes when the answer is out, and when the caller went away.
    reply.raw.once('close', () => {
      pending -= 1;
      closeIdle();
    });
  });
  if (token !== undefined) await requireToken(app, { token, open: ['/health'], refuse: throwUnknown });
  for (const prefix of ['/v1', '/rollout/:rolloutId/:attempt/v1']) {
    await app.register(async (scope) => addOpenAiRoutes(scope.withTypeProvider<ZodTypeProvider>(), service), {
      prefix,
    });
  }
  await app.register(async (scope) =>
    addRolloutRoutes(scope.withTypeProvider<ZodTypeProvider>(), service, onSessionEnd),
  );
  app.get('/health', { schema: { hide: true } }, () => ({
    status: service.isPaused ? 'paused' : 'ok',
    sessions: sessions.size,
    calls_in_progress: service.callsInProgress,
  }));
  serveMetrics(app, service.metrics);

  const expiry = setInterval(
    () => {
      for (const record of service.expire()) void onSessionEnd(record);
    },
    Math.min(config.sessionIdleSeconds * 250, 60_000),
  );
  expiry.unref();
  let base: string | undefined;

  return {
    ...{ config, token },
    get load() {
      return { sessions: sessions.size, calls: service.callsInProgress };
    },
    async listen({ host = '127.0.0.1', port = 8095, unref = false } = {}) {
      if (unref) app.server.on('connection', (socket) => socket.unref());
      await listenOn(app, { name: 'the gateway', host, port });
      if (unref) app.server.unref();
      const { port: taken } = app.server.address() as AddressInfo;
      base = `http://${reachable(host)}:${taken}`;
      return base;
    },
    openSession(sessionOptions) {
      if (base === undefined) {
        throw new RlloomError('rollout', { what: 'the gateway does not listen yet', fix: 'call listen() first' });
      }
      const { rolloutId, attempt } = sessions.open(sessionOptions);
      const root = `${base}/rollout/${encodeURIComponent(rolloutId)}/${encodeURIComponent(attempt)}`;
      return { rolloutId, attempt, baseUrl: `${root}/v1`, rewardUrl: `${root}/reward` };
    },
    reward(session, { reward, scores }) {
      const open = sessions.get(session.rolloutId, session.attempt);
      if (scores !== undefined) scoreCalls(open, scores);
      if (reward !== undefined) open.reward = reward;
    },
    endSession({ rolloutId, attempt }, how) {
      const open = sessions.find(rolloutId, attempt);
      return open === undefined ? undefined : service.end(open, how);
    },
    pause: () => service.pause(),
    resume: () => service.resume(),
    async updateWeights(source) {
      const wasPaused = service.isPaused;
      if (!wasPaused) await service.pause();
      try {
        await engine.updateWeights(source);
      } finally {
        if (!wasPaused) await service.resume();
      }
    },
    async close() {
      clearInterval(expiry);
      // Calls that wait for the weights would wait for ever.
      if (service.isPaused) await service.resume();
      isClosing = true;
      const closed = app.close();
      setImmediate(closeIdle);
      await closed;
    },
  };
}

function throwUnknown(): never {
  throw new OpenAiError(401, { message: 'the API key is missing or wrong', code: 'invalid_api_key' });
}

// Agents of this machine cannot call an address that stands for all.
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
