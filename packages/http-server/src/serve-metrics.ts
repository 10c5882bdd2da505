import type { FastifyInstance } from 'fastify';

/** Metrics in the text format of Prometheus. */
export interface MetricsText {
  readonly contentType: string;
  /** The metrics as they stand. */
  text(): Promise<string>;
}

/** Answers `GET /metrics`. */
export function serveMetrics(app: Pick<FastifyInstance, 'get'>, metrics: MetricsText): void {
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
