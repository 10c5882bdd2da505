import type { GenerationRequest, GenerationResult, RolloutEngine } from '@rlloom/spec';
import { RlloomError } from '@rlloom/spec';

/** A request and the engine it is for. */
export interface RoutedRequest {
  readonly engine: RolloutEngine;
  readonly request: GenerationRequest;
}

/**
 * Sends each engine its requests as one batch, all engines at the same time.
 *
 * @returns results in the order of the requests
 * @throws what the first engine to fail threw, when all have come to rest: the others are told to abort
 */
export async function generateByEngine(
  routed: readonly RoutedRequest[],
  signal: AbortSignal | undefined,
): Promise<GenerationResult[]> {
  const batches = new Map<RolloutEngine, { readonly requests: GenerationRequest[]; readonly places: number[] }>();
  routed.forEach(({ engine, request }, place) => {
    const batch = batches.get(engine) ?? { requests: [], places: [] };
    batches.set(engine, batch);
    batch.requests.push(request);
    batch.places.push(place);
  });
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const results = new Array<GenerationResult>(routed.length);
  let failure: { readonly cause: unknown } | undefined;
  await Promise.all(
    [...batches].map(async ([engine, { requests, places }]) => {
      try {
        const generated = await engine.generate(requests, { signal: both });
        if (generated.length !== requests.length) {
          throw new RlloomError('rollout', {
            what: `${generated.length} results for ${requests.length} requests`,
            where: `engine ${engine.capabilities.name}`,
          });
        }
        generated.forEach((result, index) => {
          results[places[index] as number] = result;
        });
      } catch (error) {
        failure ??= { cause: error };
        stop.abort();
      }
    }),
  );
  if (failure !== undefined) throw failure.cause;
  return results;
}
