import { Readable } from 'node:stream';
import type { RewardScorer } from '@rlloom/spec';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { groupsOfSamples, resultsOfGroup, type SampleGroup } from './groups-of-samples.ts';
import type { SampleGate } from './sample-gate.ts';
import { errorResponse, scoreRequest, scoreResponse, type ScoreResult, type ScoreSample } from './score-schemas.ts';
import type { ServerMetrics } from './server-metrics.ts';

/** What routes work with. */
export interface RewardService {
  readonly rewards: RewardScorer;
  readonly defaultTag: string;
  readonly metrics: ServerMetrics;
  readonly gate: SampleGate;
}

/** An application whose schemas are zod's. */
export type ZodApp = FastifyInstance<
  RawServerDefault,
  FastifyRequest['raw'],
  FastifyReply['raw'],
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Adds `POST /score` and `POST /score/stream`. */
export function addScoreRoutes(app: ZodApp, service: RewardService): void {
  const errors = { 400: errorResponse, 401: errorResponse, 422: errorResponse, 429: errorResponse, 503: errorResponse };
  app.post(
    '/score',
    {
      schema: {
        summary: 'Scores a batch; results in the order of the samples',
        body: scoreRequest,
        response: { 200: scoreResponse, ...errors },
      },
    },
    async (request, reply) => ({ results: await scoreSamples(service, request.body.samples, goneSignal(reply)) }),
  );
  app.post(
    '/score/stream',
    {
      schema: {
        summary:
          'Scores each group by itself; a line of JSON per sample as it is done, with its index, then {"done":N}',
        body: scoreRequest,
      },
    },
    async (request, reply) => {
      const { samples } = request.body;
      const lines = Readable.from(streamLines(service, samples, goneSignal(reply)));
      return reply.type('application/x-ndjson').send(lines);
    },
  );
}

/** Scores samples together; rejects as the scorer does. */
export async function scoreSamples(
  { rewards, defaultTag, metrics, gate }: RewardService,
  samples: readonly ScoreSample[],
  signal: AbortSignal,
): Promise<ScoreResult[]> {
  const start = performance.now();
  return gate.run(samples.length, async () => {
    const groups = groupsOfSamples(samples, defaultTag);
    const scored = await rewards.score(
      groups.map(({ group }) => group),
      { signal },
    );
    const results = new Array<ScoreResult>(samples.length);
    for (const [place, { indices }] of groups.entries()) {
      for (const [member, result] of resultsOfGroup(scored[place]!).entries()) results[indices[member]!] = result;
    }
    metrics.count(results, (performance.now() - start) / 1000);
    return results;
  });
}

async function* streamLines(
  service: RewardService,
  samples: readonly ScoreSample[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { rewards, defaultTag, metrics } = service;
  const start = performance.now();
  const ready: (readonly [SampleGroup, readonly ScoreResult[]])[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  const groups = groupsOfSamples(samples, defaultTag);
  for (const each of groups) {
    void service.gate
      .run(each.indices.length, () => rewards.score([each.group], { signal }))
      .then(
        ([group]) => ready.push([each, resultsOfGroup(group!)]),
        (error: unknown) => (failure ??= { error }),
      )
      .then(() => wake());
  }
  try {
    for (let done = 0; done < groups.length; done++) {
      while (ready.length === 0 && failure === undefined) await new Promise<void>((resolve) => (wake = resolve));
      if (failure !== undefined) throw failure.error;
      const [group, results] = ready.shift()!;
      metrics.count(results, (performance.now() - start) / 1000);
      for (const [member, result] of results.entries()) {
        yield `${JSON.stringify({ index: group.indices[member], ...result })}\n`;
      }
    }
    yield `${JSON.stringify({ done: samples.length })}\n`;
  } catch (error) {
    const { kind = 'unexpected', what, message } = error as { kind?: string; what?: string; message: string };
    yield `${JSON.stringify({ error: { kind, what: what ?? message } })}\n`;
  }
}

/** Aborts when the caller goes away before it is answered. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the caller went away'));
  });
  return gone.signal;
}
