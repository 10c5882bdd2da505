import { listenOn, requireToken, serveMetrics, useZodSchemas } from '@rlloom/http-server';
import { isRlloomError } from '@rlloom/spec';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Sandbox } from '../sandbox.ts';
import { type DataRow, findRow, promptOf, readDataSet, rowId } from './data-set.ts';
import {
  errorResponse,
  promptRequest,
  promptResponse,
  promptsRequest,
  runCodeRequest,
  runCodeResponse,
  runJupyterRequest,
  runJupyterResponse,
  submitRequest,
  submitResponse,
  validationErrorResponse,
} from './fusion-api.ts';
import { runCode, type RunPlace, servedLanguages } from './run-code.ts';
import { runJupyter } from './run-jupyter.ts';
import { serverMetrics } from './server-metrics.ts';
import { submit } from './submit.ts';
import { fastApiProblems, literalProblem } from './validation-error.ts';

/** Options of `createSandboxServer`. */
export interface SandboxServerOptions {
  /** Where programs run. The caller closes it, after the server. */
  readonly sandbox: Sandbox;
  /** Asked for as `Authorization: Bearer` by everything but `/v1/ping` and `/health`. */
  readonly token?: string;
  /** Files of data sets by name, see `readDataSet`. */
  readonly datasets?: Readonly<Record<string, string>>;
  /** Requests running or waiting at the same time; more are answered 429. Default 512 */
  readonly maxRequests?: number;
  /** Bytes of a request. Default 32 MiB */
  readonly bodyLimit?: number;
  /** Memory of a request that names none, MiB. Default 1024 */
  readonly memoryMb?: number;
}

/** A server that can be started once. */
export interface SandboxServer {
  /** Begins to listen; port 0 is any free one. Returns the address, e.g. `http://127.0.0.1:8080`. */
  listen(options?: { readonly port?: number; readonly host?: string }): Promise<string>;
  /** Takes no more requests, waits for those that run, and ends. Safe to call twice. */
  close(): Promise<void>;
}

class HttpError extends Error {
  readonly statusCode: number;
  readonly detail: unknown;
  constructor(statusCode: number, detail: unknown) {
    super(typeof detail === 'string' ? detail : 'the request is not valid');
    this.statusCode = statusCode;
    this.detail = detail;
  }
}

/**
 * A server of Sandbox Fusion's HTTP API on a sandbox: `/run_code`, `/run_jupyter`, `/v1/ping`, `/submit`,
 * `/list_datasets`, `/list_ids`, `/get_prompts`, `/get_prompt_by_id`, and `/health`, `/metrics`, `/openapi.json`. A
 * client that goes away ends its run.
 *
 * @example
 * ```ts
 * const server = await createSandboxServer({ sandbox: await createSandbox() });
 * const url = await server.listen({ port: 8080 });
 * ```
 */
export async function createSandboxServer(options: SandboxServerOptions): Promise<SandboxServer> {
  const { sandbox, token, maxRequests = 512, memoryMb = 1024 } = options;
  const metrics = serverMetrics();
  const rowsOf = dataSets(options.datasets ?? {});
  const languages = servedLanguages(sandbox);
  let active = 0;
  let unanswered = 0;
  let allAnswered: (() => void) | undefined;

  const app = fastify({
    bodyLimit: options.bodyLimit ?? 32 * 1024 * 1024,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  }).withTypeProvider<ZodTypeProvider>();
  await useZodSchemas(app, { title: 'rlloom sandbox server', description: "Sandbox Fusion's API", version: '1' });
  // FastAPI reads a body as JSON whatever it is called.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'ignore'));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ detail: 'Not Found' }));
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.addHook('onRequest', async (_request, reply) => {
    unanswered++;
    // Also when the client went away, which is no response.
    reply.raw.once('close', () => {
      unanswered--;
      if (unanswered === 0) allAnswered?.();
    });
  });
  if (token !== undefined) {
    const refuse = (): never => {
      throw new HttpError(401, 'Unauthorized');
    };
    await requireToken(app, { token, open: ['/v1/ping', '/health'], refuse });
  }

  /** Runs something for a request, within the limit of requests; a client that goes away ends it. */
  async function answer<Answer>(
    request: FastifyRequest,
    reply: FastifyReply,
    run: (place: RunPlace) => Promise<{ readonly answer: Answer; readonly outcome: string }>,
  ): Promise<Answer> {
    if (active >= maxRequests) {
      metrics.refuse();
      void reply.header('retry-after', '1');
      throw new HttpError(429, `there are ${maxRequests} requests already`);
    }
    const controller = new AbortController();
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) controller.abort(new Error('the client went away'));
    });
    active++;
    const end = metrics.begin(request.routeOptions.url ?? '');
    let outcome = 'error';
    try {
      const found = await run({ sandbox, signal: controller.signal, memoryMb });
      ({ outcome } = found);
      return found.answer;
    } finally {
      active--;
      end(outcome);
    }
  }

  const errors = { 401: errorResponse, 422: validationErrorResponse, 429: errorResponse, 500: errorResponse };
  const sandboxTag = { tags: ['sandbox'] };
  const datasetTag = { tags: ['datasets'] };

  app.post(
    '/run_code',
    { schema: { ...sandboxTag, body: runCodeRequest, response: { 200: runCodeResponse, ...errors } } },
    async (request, reply) => {
      const { language } = request.body;
      if (!languages.includes(language)) {
        throw new HttpError(422, [literalProblem(['body', 'language'], language, languages)]);
      }
      return answer(request, reply, async (place) => {
        const found = await runCode(request.body, place);
        return { answer: found, outcome: found.status };
      });
    },
  );
  app.post(
    '/run_jupyter',
    { schema: { ...sandboxTag, body: runJupyterRequest, response: { 200: runJupyterResponse, ...errors } } },
    async (request, reply) =>
      answer(request, reply, async (place) => {
        const found = await runJupyter(request.body, place);
        return { answer: found, outcome: found.status };
      }),
  );
  app.get('/list_datasets', { schema: { ...datasetTag, response: { 200: z.array(z.string()) } } }, () =>
    Object.keys(options.datasets ?? {}),
  );
  app.post(
    '/list_ids',
    {
      schema: {
        ...datasetTag,
        body: promptsRequest,
        response: { 200: z.array(z.union([z.string(), z.number()])), ...errors },
      },
    },
    async ({ body }) => {
      const rows = await rowsOf(body.dataset, body.config.provided_data);
      return rows.map(rowId).slice(body.offset, body.offset + body.limit);
    },
  );
  app.post(
    '/get_prompts',
    { schema: { ...datasetTag, body: promptsRequest, response: { 200: z.array(promptResponse), ...errors } } },
    async ({ body }) => {
      const rows = await rowsOf(body.dataset, body.config.provided_data);
      return rows.map(promptOf).slice(body.offset, body.offset + body.limit);
    },
  );
  app.post(
    '/get_prompt_by_id',
    { schema: { ...datasetTag, body: promptRequest, response: { 200: promptResponse, ...errors } } },
    async ({ body }) => {
      const rows = await rowsOf(body.dataset, body.config.provided_data);
      const row = pickRow(rows, body.dataset, body.id);
      return promptOf(row, rows.indexOf(row));
    },
  );
  app.post(
    '/submit',
    { schema: { ...datasetTag, body: submitRequest, response: { 200: submitResponse, ...errors } } },
    async (request, reply) => {
      const { body } = request;
      if (body.config.custom_extract_logic != null) {
        throw new HttpError(422, [
          {
            type: 'value_error',
            loc: ['body', 'config', 'custom_extract_logic'],
            msg: 'this server runs no custom_extract_logic',
            input: body.config.custom_extract_logic,
          },
        ]);
      }
      const row = pickRow(await rowsOf(body.dataset, body.config.provided_data), body.dataset, body.id);
      return answer(request, reply, async (place) => {
        const found = await submit(body, row, place);
        return { answer: found, outcome: found.accepted ? 'Success' : 'Failed' };
      });
    },
  );
  // JSON, quotes and all: fastify would send text as it is.
  app.get('/v1/ping', (_request, reply) => reply.type('application/json').send('"pong"'));
  app.get(
    '/health',
    { schema: { response: { 200: z.object({ status: z.string(), isolation: z.string() }) } } },
    () => ({
      status: 'ok',
      isolation: sandbox.capabilities.isolation,
    }),
  );
  serveMetrics(app, metrics);

  return {
    listen: ({ port = 8080, host = '127.0.0.1' } = {}) => listenOn(app, { name: 'the sandbox server', host, port }),
    async close() {
      const closed = app.close();
      if (unanswered > 0) {
        await new Promise<void>((resolve) => {
          allAnswered = resolve;
        });
      }
      // Connections kept alive would hold the server for their time.
      app.server.closeAllConnections();
      await closed;
    },
  };
}

/** Reads data sets when they are first asked for. */
function dataSets(
  paths: Readonly<Record<string, string>>,
): (name: string, provided: DataRow | DataRow[] | null | undefined) => Promise<readonly DataRow[]> {
  const read = new Map<string, Promise<DataRow[]>>();
  return async (name, provided) => {
    if (provided != null) return Array.isArray(provided) ? provided : [provided];
    const path = Object.hasOwn(paths, name) ? paths[name] : undefined;
    if (path === undefined) throw new HttpError(404, `there is no data set "${name}"`);
    let rows = read.get(name);
    if (rows === undefined) {
      rows = readDataSet(path);
      rows.catch(() => read.delete(name));
      read.set(name, rows);
    }
    return rows;
  };
}

function pickRow(rows: readonly DataRow[], dataset: string, id: string | number): DataRow {
  const row = rows.length === 1 && !('task_id' in rows[0]!) ? rows[0] : findRow(rows, id);
  if (row === undefined) throw new HttpError(404, `the data set "${dataset}" has no row "${id}"`);
  return row;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    return reply.code(422).send({ detail: fastApiProblems(error.validation, request.body) });
  }
  if (error instanceof HttpError) return reply.code(error.statusCode).send({ detail: error.detail });
  const message = isRlloomError(error) ? error.what : error instanceof Error ? error.message : String(error);
  const status = statusOf(error);
  if (status === 400) {
    const problem = {
      type: 'json_invalid',
      loc: ['body', 0],
      msg: 'JSON decode error',
      input: {},
      ctx: { error: message },
    };
    return reply.code(422).send({ detail: [problem] });
  }
  if (status < 500) return reply.code(status).send({ detail: message });
  return reply
    .code(status)
    .send({ detail: message, traceback: error instanceof Error ? `${error.name}: ${message}` : '' });
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}
