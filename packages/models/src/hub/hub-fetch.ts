import { setTimeout as sleep } from 'node:timers/promises';
import { type HubTarget, refusedBy } from './hub-errors.ts';

const waits = [300, 1000, 3000] as const;

// There is no way to the hub; that does not change in seconds.
const noRoute = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']);

/**
 * A `fetch` for one model: sends the token to the hub and nobody else, asks again when the hub is busy or the connection
 * breaks, and throws for an answer that is a refusal.
 *
 * @returns throws an `RlloomError` of kind `model` for a refusal; other errors mean that the hub was not reached
 */
export function createHubFetch(target: HubTarget, signal: AbortSignal | undefined): typeof fetch {
  const { origin } = new URL(target.endpoint);
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    headers.set('User-Agent', 'rlloom');
    if (target.token !== undefined && url.origin === origin) headers.set('Authorization', `Bearer ${target.token}`);
    for (let attempt = 0; ; attempt++) {
      const wait = waits[attempt];
      try {
        const response = await fetch(url, { ...init, headers, ...(signal === undefined ? {} : { signal }) });
        if (response.ok) return response;
        await response.body?.cancel();
        if (!isBusy(response.status)) {
          const [code, message] = [response.headers.get('X-Error-Code'), response.headers.get('X-Error-Message')];
          throw refusedBy(target, { status: response.status, code, message });
        }
        if (wait === undefined) throw new Error(`the hub is busy or broken, HTTP ${response.status}`);
      } catch (error) {
        if (wait === undefined || !isBrokenConnection(error) || signal?.aborted === true) throw error;
      }
      await sleep(wait, undefined, signal === undefined ? {} : { signal });
    }
  };
}

function isBusy(status: number): boolean {
  return status === 429 || status >= 500;
}

// Node's fetch throws a TypeError when no answer arrives; why is in the cause.
function isBrokenConnection(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const { code } = (error.cause ?? {}) as { readonly code?: string };
  return code === undefined || !noRoute.has(code);
}
