import { fastifyBearerAuth } from '@fastify/bearer-auth';
import { RlloomError } from '@rlloom/spec';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Options of `requireToken`. */
export interface RequireTokenOptions {
  readonly token: string;
  /** Paths of routes that everyone may ask for: what a load balancer asks tells nothing of what is served. */
  readonly open: readonly string[];
  /** Answers a request without the token, or throws what the error handler answers. */
  readonly refuse: (reply: FastifyReply) => unknown;
}

/**
 * Refuses requests without `Authorization: Bearer <token>`. Comparing takes as long for a token that is nearly right as for
 * any other of its length.
 *
 * @throws RlloomError `config` for an empty token
 */
export async function requireToken(
  app: Pick<FastifyInstance, 'register' | 'addHook'>,
  { token, open, refuse }: RequireTokenOptions,
): Promise<void> {
  if (token === '') throw new RlloomError('config', { what: 'the token is empty', fix: 'give one, or none at all' });
  await app.register(fastifyBearerAuth, { keys: [token], addHook: false });
  const { verifyBearerAuth } = app as Pick<FastifyInstance, 'verifyBearerAuth'>;
  app.addHook('onRequest', async (request, reply) => {
    if (open.includes(request.routeOptions.url ?? '')) return;
    const refusal = await new Promise<Error | undefined>((resolve) => verifyBearerAuth?.(request, reply, resolve));
    if (refusal !== undefined) await refuse(reply);
  });
}
