import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { checkRequests } from './check-requests.ts';
import { advancesOf } from './generate.ts';
import type { GenerateOptions } from './generation-options.ts';
import type { GenerateRequest } from './generation-request.ts';
import { type Sequence, startSequence } from './sequence.ts';

/** How sequences are started that may be halted and continued. */
export interface StartSequencesOptions extends Pick<GenerateOptions, 'eosTokenIds' | 'tokenizer'> {
  /** Asked for each token as it is drawn: the version of the weights at that moment. */
  readonly currentVersion: () => number;
}

/**
 * Requests as sequences that `continueSequences` writes, possibly in several parts and beside others.
 *
 * @throws RlloomError as `generate` for requests that cannot be
 */
export function startSequences(
  model: Pick<ModelWeights, 'config'>,
  requests: readonly GenerateRequest[],
  options: StartSequencesOptions,
): Sequence[] {
  checkRequests(model.config, requests);
  const eosTokenIds = options.eosTokenIds ?? model.config.eosTokenIds;
  return requests.map((request, index) => startSequence(request, index, { ...options, eosTokenIds }));
}

/** Options of `continueSequences`. */
export interface ContinueSequencesOptions
  extends Pick<GenerateOptions, 'maxBatchSize' | 'maxCacheBytes' | 'compiled' | 'padTokenId'> {
  /** Asked at each safe point, between two tokens or chunks of compiled tokens: true ends the call there. */
  readonly isHalted: () => boolean;
  /** Awaited before each pass: lets others run. Default: one turn of the event loop. */
  readonly giveTurn?: () => Promise<unknown>;
  /** Called after each pass, when sequences have new tokens. */
  readonly onAdvance?: () => void;
}

/**
 * Writes on until all sequences have ended, or to the next safe point after `isHalted` says so. What was written before
 * is kept and read again as part of the prompt: the weights may have changed since, and keys and values of older
 * weights are no part of what the new ones compute. Each sequence goes on in its own random stream, so halting without
 * a change of weights changes no token but by rounding.
 *
 * @param sequences of `startSequences`; those that have ended are left alone
 * @throws RlloomError as `generate`; the sequences stay as they were at the last token
 */
export async function continueSequences(
  model: ModelWeights,
  sequences: readonly Sequence[],
  options: ContinueSequencesOptions,
): Promise<void> {
  const rest = sequences.filter(({ stopReason }) => stopReason === undefined).map(remainder);
  for await (const _ of advancesOf(model, rest, { ...options, streams: false })) options.onAdvance?.();
}

/** The same sequence, with what it has written as part of its prompt. */
function remainder(sequence: Sequence, index: number): Sequence {
  const written = sequence.tokens.length;
  const { sampling, maxNewTokens } = sequence;
  const tokens: number[] = [];
  const note = <Draw extends { readonly token: number }>(draw: Draw): Draw => {
    tokens.push(draw.token);
    return draw;
  };
  return {
    index,
    prompt: Int32Array.from([...sequence.prompt, ...sequence.tokens]),
    tokens,
    maxNewTokens: maxNewTokens - written,
    sampling: {
      ...sampling,
      maxNewTokens: maxNewTokens - written,
      minNewTokens: Math.max(0, (sampling.minNewTokens ?? 0) - written),
    },
    endTokens: sequence.endTokens,
    hasStopStrings: sequence.hasStopStrings,
    get stopReason() {
      return sequence.stopReason;
    },
    extend: (logits, weights) => note(sequence.extend(logits, weights)),
    upcoming: (count) => sequence.upcoming(count),
    accept(draw) {
      sequence.accept(draw);
      note(draw);
    },
    abort: () => sequence.abort(),
    takeText: () => sequence.takeText(),
    takeDraws: () => sequence.takeDraws(),
    result: () => sequence.result(),
  };
}
