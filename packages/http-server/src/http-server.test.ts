import { fastify, type FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listenOn } from './listen-on.ts';
import { requireToken } from './require-token.ts';
import { serveMetrics } from './serve-metrics.ts';
import { useZodSchemas } from './use-zod-schemas.ts';

async function server(refuse: (reply: FastifyReply) => unknown = (reply) => reply.status(401).send({ no: true })) {
  const app = fastify().withTypeProvider<ZodTypeProvider>();
  await useZodSchemas(app, { title: 'sums', version: '7' });
  await requireToken(app, { token: 'sesame+/=', open: ['/health'], refuse });
  serveMetrics(app, { contentType: 'text/plain; version=0.0.4', text: async () => 'sums 3' });
  app.get('/health', () => 'ok');
  app.post('/sum', { schema: { body: z.strictObject({ a: z.number() }) } }, ({ body }) => ({ sum: body.a + 1 }));
  return app;
}

const authorization = 'Bearer sesame+/=';

describe('requireToken', () => {
  it('lets through who sends the token, and everyone to what is open', async () => {
    const app = await server();
    expect((await app.inject({ url: '/metrics', headers: { authorization } })).body).toBe('sums 3');
    for (const url of ['/health', '/health?x=1']) expect((await app.inject({ url })).body).toBe('ok');
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['no token', 'Bearer '],
    ['another', 'Bearer wrong'],
    ['a part of it', 'Bearer sesame'],
    ['more than it', `${authorization}x`],
    ['another scheme', authorization.replace('Bearer', 'Basic')],
    ['the token alone', 'sesame+/='],
  ])('refuses with a header of %s', async (...[, header]) => {
    const app = await server();
    const headers = header === undefined ? {} : { authorization: header };
    for (const url of ['/metrics', '/openapi.json', '/nothing', '/nothing?/health', '/health/']) {
      const answer = await app.inject({ url, headers });
      expect([answer.statusCode, answer.json()]).toEqual([401, { no: true }]);
    }
  });

  it('leaves a refusal that is thrown to the error handler', async () => {
    const app = await server(() => {
      throw Object.assign(new Error('not you'), { statusCode: 403 });
    });
    const answer = await app.inject({ url: '/metrics' });
    expect([answer.statusCode, answer.json<{ message: string }>().message]).toEqual([403, 'not you']);
  });

  it('refuses an empty token, which everyone would know', async () => {
    const empty = requireToken(fastify(), { token: '', open: [], refuse: () => undefined });
    await expect(empty).rejects.toMatchObject({ kind: 'config', what: 'the token is empty' });
  });
});

it('checks requests by their schemas, and documents them', async () => {
  const app = await server();
  const send = (body: object) => app.inject({ method: 'POST', url: '/sum', headers: { authorization }, body });
  expect((await send({ a: 2 })).json()).toEqual({ sum: 3 });
  expect((await send({ b: 2 })).statusCode).toBe(400);
  const document = (await app.inject({ url: '/openapi.json', headers: { authorization } })).json<{
    info: object;
    paths: object;
  }>();
  expect(document.info).toEqual({ title: 'sums', version: '7' });
  expect(Object.keys(document.paths)).toEqual(['/health', '/sum']);
});

it('says where it cannot listen', async () => {
  const [first, second] = [fastify(), fastify()];
  const url = await listenOn(first, { name: 'the first', host: '127.0.0.1', port: 0 });
  const port = Number(new URL(url).port);
  await expect(listenOn(second, { name: 'the second', host: '127.0.0.1', port })).rejects.toMatchObject({
    kind: 'config',
    what: expect.stringContaining(`the second cannot listen on 127.0.0.1:${port}: `) as string,
  });
  await first.close();
});
