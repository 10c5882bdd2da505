import { createHash, timingSafeEqual } from 'node:crypto';
import { RlloomError } from '@rlloom/spec';
import type { FastifyInstance } from 'fastify';

// What a load balancer and a scraper ask for; neither tells anything about samples.
const open: ReadonlySet<string> = new Set(['/health']);

/**
 * Answers 401 to requests without `Authorization: Bearer <token>`.
 *
 * @throws RlloomError `config` for an empty token
 */
export function requireToken(app: FastifyInstance, token: string): void {
  if (token === '') throw new RlloomError('config', { what: 'the token is empty', fix: 'give one, or none at all' });
  const expected = digest(`Bearer ${token}`);
  app.addHook('onRequest', async (request, reply) => {
    if (open.has(request.url) || timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return;
    await reply
      .status(401)
      .header('www-authenticate', 'Bearer')
      .send({
        error: { kind: 'config', what: 'the token is missing or wrong', fix: 'send Authorization: Bearer <token>' },
      });
  });
}

// Equal lengths, so that the comparison tells nothing of the token.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
