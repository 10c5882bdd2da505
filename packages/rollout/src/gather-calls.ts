import { setImmediate as nextTurn } from 'node:timers/promises';
import { type GenerationRequest, type GenerationResult, RlloomError, type RolloutEngine } from '@rlloom/spec';

/** Options of `gatherCalls`. */
export interface GatherOptions {
  /** Handed to the engine, which is asked nothing more once it aborts. */
  readonly signal: AbortSignal;
  /** Told what went wrong with the engine; the requests of that call are answered as aborted ones. */
  readonly fail: (cause: unknown) => void;
  /** Resolves when those who may soon ask have asked, or after so many milliseconds. */
  readonly settled: (patienceMs: number) => Promise<void>;
  /** Sequences that are finished in the calls under way. */
  readonly onProgress: (finished: number) => void;
}

interface Waiting {
  readonly request: GenerationRequest;
  readonly answer: (result: GenerationResult) => void;
}

// An engine with one batch at a time makes whoever misses it wait for all of it, so it pays to wait this share of its
// time for others; before there is a time, this long.
const patienceShare = 0.1;
const firstPatienceMs = 250;

const aborted = (): GenerationResult => ({
  tokens: new Int32Array(0),
  logProbs: new Float32Array(0),
  samplingLogProbs: new Float32Array(0),
  policyVersions: new Int32Array(0),
  stopReason: 'abort',
});

/**
 * A function that asks an engine for single requests, which go out in calls as large as they can be. What comes in the
 * same turn of the event loop goes together. Engines that join calls get them at once; others get the next one when the
 * last is done, with all that is there then and what comes soon.
 */
export function gatherCalls(
  engine: RolloutEngine,
  { signal, fail, settled, onProgress }: GatherOptions,
): (request: GenerationRequest) => Promise<GenerationResult> {
  const { joinsCalls = false, name } = engine.capabilities;
  const calls = new Set<{ finished: number }>();
  let waiting: Waiting[] = [];
  let isSending = false;
  let patienceMs = firstPatienceMs;
  const report = (): void => onProgress([...calls].reduce((sum, { finished }) => sum + finished, 0));

  const call = async (all: readonly Waiting[]): Promise<void> => {
    const progress = { finished: 0 };
    calls.add(progress);
    try {
      report();
      const results = await engine.generate(
        all.map(({ request }) => request),
        {
          signal,
          onProgress: (finished) => {
            progress.finished = finished;
            report();
          },
        },
      );
      if (results.length !== all.length) {
        throw new RlloomError('rollout', {
          what: `${results.length} results for ${all.length} requests`,
          where: `engine ${name}`,
        });
      }
      all.forEach(({ answer }, index) => answer(results[index] as GenerationResult));
    } catch (error) {
      fail(error);
      for (const { answer } of all) answer(aborted());
    } finally {
      calls.delete(progress);
    }
  };
  const send = async (): Promise<void> => {
    isSending = true;
    while (waiting.length > 0) {
      await nextTurn();
      if (!joinsCalls) await settled(patienceMs);
      const all = waiting;
      waiting = [];
      if (signal.aborted) {
        for (const { answer } of all) answer(aborted());
        continue;
      }
      const began = performance.now();
      const calling = call(all);
      if (joinsCalls) continue;
      await calling;
      patienceMs = (performance.now() - began) * patienceShare;
    }
    isSending = false;
  };
  return (request) =>
    new Promise((answer) => {
      waiting.push({ request, answer });
      if (!isSending) void send();
    });
}
