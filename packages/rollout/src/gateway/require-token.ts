import { createHash, timingSafeEqual } from 'node:crypto';
import { RlloomError } from '@rlloom/spec';
import type { FastifyInstance } from 'fastify';
import { OpenAiError } from './openai-error.ts';

// What a load balancer asks for tells nothing of sessions.
const open: ReadonlySet<string> = new Set(['/health']);

/**
 * Answers 401 to requests without `Authorization: Bearer <token>`, which is how OpenAI's clients send their API key.
 *
 * @throws RlloomError `config` for an empty token
 */
export function requireToken(app: FastifyInstance, token: string): void {
  if (token === '') throw new RlloomError('config', { what: 'the token is empty', fix: 'give one, or none at all' });
  const expected = digest(`Bearer ${token}`);
  app.addHook('onRequest', async (request) => {
    if (open.has(request.url) || timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return;
    throw new OpenAiError(401, { message: 'the API key is missing or wrong', code: 'invalid_api_key' });
  });
}

// Equal lengths, so that the comparison tells nothing of the token.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
