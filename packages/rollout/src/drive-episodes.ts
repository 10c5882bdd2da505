import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { GenerationRequest, GenerationResult, RolloutEngine } from '@rlloom/spec';
import { gatherCalls } from './gather-calls.ts';

/** A generation that an episode waits for. */
export interface PendingTurn {
  readonly engine: RolloutEngine;
  readonly request: GenerationRequest;
}

/** An episode as far as engines are concerned. */
export interface DrivenEpisode {
  /**
   * Takes the results of all turns it asked for, in their order (none at first), and gives those that follow; none when
   * it is over. Comes back soon after `signal` aborts, with none.
   *
   * @throws what concerns all episodes
   */
  next(results: readonly GenerationResult[], signal: AbortSignal): Promise<readonly PendingTurn[]>;
}

/** Options of `driveEpisodes`. */
export interface DriveOptions {
  readonly signal: AbortSignal | undefined;
  /** Told at the start of each call of an engine and while it runs: episodes that are over, and turns just written. */
  readonly onProgress: (over: number, written: number) => void;
}

/**
 * Drives episodes to their ends. One whose environment has answered goes to its engine as soon as that can take it, with
 * all that are ready then: what is slow in one episode holds up no other. Which requests share a call may hang on time;
 * what an episode is given does not, as far as engines keep requests apart.
 *
 * @throws what an engine or an episode threw first, when all have come to rest: the others are told to abort
 */
export async function driveEpisodes(
  episodes: readonly DrivenEpisode[],
  { signal, onProgress }: DriveOptions,
): Promise<void> {
  const stop = new AbortController();
  // One listener per episode and call.
  setMaxListeners(0, stop.signal);
  const onAbort = (): void => stop.abort(signal?.reason);
  let failure: { readonly cause: unknown } | undefined;
  const fail = (cause: unknown): void => {
    failure ??= { cause };
    stop.abort();
  };
  let over = 0;
  const written = new Map<RolloutEngine, number>();
  const atWork = new Set<{ readonly began: number; readonly answered: Promise<unknown> }>();
  const settled = async (patienceMs: number): Promise<void> => {
    const since = performance.now() - patienceMs;
    const young = [...atWork].filter(({ began }) => began > since).map(({ answered }) => answered);
    if (young.length === 0) return;
    const enough = new AbortController();
    const late = sleep(patienceMs, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled(young), late]);
    enough.abort();
    await nextTurn();
  };
  const makeAsk = (engine: RolloutEngine) =>
    gatherCalls(engine, {
      signal: stop.signal,
      fail,
      settled,
      onProgress: (turns) => {
        written.set(engine, turns);
        onProgress(
          over,
          [...written.values()].reduce((sum, one) => sum + one, 0),
        );
      },
    });
  const asks = new Map<RolloutEngine, ReturnType<typeof gatherCalls>>();
  const ask = ({ engine, request }: PendingTurn): Promise<GenerationResult> => {
    const known = asks.get(engine) ?? makeAsk(engine);
    asks.set(engine, known);
    return known(request);
  };
  const next = async (episode: DrivenEpisode, results: readonly GenerationResult[]) => {
    const answered = episode.next(results, stop.signal);
    const work = { began: performance.now(), answered };
    atWork.add(work);
    try {
      return await answered;
    } finally {
      atWork.delete(work);
    }
  };
  const drive = async (episode: DrivenEpisode): Promise<void> => {
    try {
      let turns = await next(episode, []);
      while (turns.length > 0) {
        turns = await next(episode, await Promise.all(turns.map(ask)));
      }
      over += 1;
    } catch (error) {
      fail(error);
    }
  };

  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  try {
    await Promise.all(episodes.map(drive));
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  if (failure !== undefined) throw failure.cause;
  onProgress(over, 0);
}
