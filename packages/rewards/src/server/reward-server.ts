import { listenOn, requireToken, serveMetrics, useZodSchemas } from '@rlloom/http-server';
import { isRlloomError, type RewardScorer } from '@rlloom/spec';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { createSampleGate } from './sample-gate.ts';
import { addPeerRoutes } from './peer-routes.ts';
import { addScoreRoutes } from './score-routes.ts';
import { createServerMetrics } from './server-metrics.ts';

/** What `createRewardServer` takes. */
export interface RewardServerOptions {
  /** Scores; stays the caller's, who closes it after the server. */
  readonly rewards: RewardScorer;
  /** Domain of samples that name no tag. Default `default` */
  readonly defaultTag?: string;
  /** Requests must carry it: `Authorization: Bearer <token>`. Default: none is asked for. */
  readonly token?: string;
  /** Largest request body, bytes. Default 64 MiB */
  readonly bodyLimit?: number;
  /** Samples that may be in the server at one time; a request that would exceed it is answered 429. Default 10,000 */
  readonly maxSamples?: number;
  /** Shown in the OpenAPI document. Default `0.0.0` */
  readonly version?: string;
}

/** A running service. */
export interface RewardServer {
  /** Starts to listen; port 0 takes a free one. Returns its URL. */
  listen(place?: { readonly host?: string; readonly port?: number }): Promise<string>;
  /** Takes no more requests, lets those in progress end, and frees the port; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Rewards as an HTTP service, for trainers of any kind: `POST /score` (a batch), `POST /score/stream` (results as
 * lines of JSON, as they come), `POST /slime` and `POST /get_reward` in the form of slime's and OpenRLHF's remote
 * reward models, `GET /health`, `GET /metrics` (Prometheus), `GET /openapi.json`. A caller that goes away ends its
 * samples.
 *
 * @throws RlloomError `config` for a token that is empty, or a place that cannot be listened on
 */
export async function createRewardServer(options: RewardServerOptions): Promise<RewardServer> {
  const {
    rewards,
    defaultTag = 'default',
    token,
    bodyLimit = 2 ** 26,
    maxSamples = 10_000,
    version = '0.0.0',
  } = options;
  const app = fastify({ bodyLimit, forceCloseConnections: 'idle' }).withTypeProvider<ZodTypeProvider>();
  answerErrors(app);
  await useZodSchemas(app, { title: 'rlloom rewards', version });
  const metrics = createServerMetrics();
  const gate = createSampleGate(maxSamples);
  if (token !== undefined) await requireToken(app, { token, open: ['/health'], refuse: answerUnknown });
  const service = { rewards, defaultTag, metrics, gate };
  await app.register(async (scope) => addScoreRoutes(scope.withTypeProvider<ZodTypeProvider>(), service));
  await app.register(async (scope) => addPeerRoutes(scope.withTypeProvider<ZodTypeProvider>(), service));
  app.get('/health', { schema: { hide: true } }, () => ({ status: 'ok', samples_in_progress: gate.inside }));
  serveMetrics(app, metrics);
  return {
    listen: ({ host = '127.0.0.1', port = 8090 } = {}) => listenOn(app, { name: 'the server', host, port }),
    close: () => app.close(),
  };
}

function answerUnknown(reply: FastifyReply): FastifyReply {
  const what = 'the token is missing or wrong';
  return reply
    .status(401)
    .header('www-authenticate', 'Bearer')
    .send({ error: { kind: 'config', what, fix: 'send Authorization: Bearer <token>' } });
}

/** Status of an error that a caller can do something about. */
const statusOfKind: Readonly<Record<string, number>> = { config: 422, data: 422, interrupted: 503, reward: 503 };

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: unknown, _, reply) => {
    if (isRlloomError(error)) {
      const { kind, what, where, fix } = error;
      return reply.status(statusOfKind[kind] ?? 500).send({ error: { kind, what, where, fix } });
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const [first] = error.validation;
      const where = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
      return reply.status(400).send({ error: { kind: 'data', what: first?.message ?? error.message, where } });
    }
    const { statusCode = 500, message } = error as { readonly statusCode?: number; readonly message: string };
    return reply.status(statusCode).send({ error: { kind: statusCode < 500 ? 'data' : 'unexpected', what: message } });
  });
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.status(404).send({ error: { kind: 'data', what: `there is no ${method} ${url}`, fix: 'see /openapi.json' } }),
  );
}
