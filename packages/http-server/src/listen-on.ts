import { RlloomError } from '@rlloom/spec';
import type { FastifyInstance } from 'fastify';

/**
 * Starts to listen; port 0 takes a free one. Returns the URL.
 *
 * @throws RlloomError `config` when the place is taken, or not of this machine; `name` says what cannot listen on it
 */
export async function listenOn(
  app: Pick<FastifyInstance, 'listen'>,
  { name, host, port }: { readonly name: string; readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new RlloomError('config', {
      what: `${name} cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'choose another port or host',
      cause: error,
    });
  }
}
