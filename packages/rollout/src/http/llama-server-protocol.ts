import { processLogits } from '@rlloom/models';
import type { SamplingParameters } from '@rlloom/spec';
import { requestObject } from './json-server.ts';
import { isTruncated, type KnownLogProbs } from './log-prob-meaning.ts';
import { inspectModels } from './models-endpoint.ts';
import { asArray, asNumber, asObject, type Json } from './read-answer.ts';
import { ServerFailure } from './server-failure.ts';
import type { GenerateCall, ServerGeneration, ServerProtocol } from './server-protocol.ts';

/** llama.cpp's own server: tokens in and out by `/completion`. */
export function llamaServerProtocol(): ServerProtocol {
  const vocabularySizes = new Map<string, number>();
  return {
    name: 'llama_cpp_server',
    // It leaves the log-probs of a stop string's tokens out.
    stopStringsAt: 'client',
    // Chosen per request: see `knownLogProbs`.
    logProbMeaning: 'raw',
    knownLogProbs: (_meaning, sampling) => knownOf(sampling),
    async inspect(server, call) {
      const props = await requestObject(server, { ...call, method: 'GET', path: '/props' });
      const settings = asObject(props['default_generation_settings'], 'default_generation_settings');
      const slotLength = asNumber(settings['n_ctx'], 'n_ctx');
      const { model, card } = await inspectModels(server, { ...call, maxSequenceLength: slotLength });
      vocabularySizes.set(server.url, asNumber(asObject(card['meta'], 'meta')['n_vocab'], 'n_vocab'));
      return {
        model,
        maxSequenceLength: Math.min(slotLength, call.maxSequenceLength ?? slotLength),
        seeded: true,
        isFullPrecision: isFullPrecision(props['model_ftype'] ?? asObject(card['meta'], 'meta')['ftype']),
      };
    },
    isHealthy: async (server, call) =>
      (await server.request({ ...call, method: 'GET', path: '/health' })).status === 200,
    async generate(call, model) {
      const answer = await complete(call, { model, wantsSampling: wantsSampling(call.sampling), topCount: 1 });
      const tokens = asArray(answer['tokens'], 'tokens') as readonly number[];
      const told = readLogProbs(answer, wantsSampling(call.sampling));
      const places = placeTold(tokens, told);
      const logProbs: number[] = [];
      for (const [index, place] of places.entries()) {
        logProbs.push(place === undefined ? await missing(call, tokens, index) : (told[place] as ToldToken).logProb);
      }
      return { tokens, logProbs, end: endOf(answer) };
    },
  };

  // A token that ends inside a character has no entry: its log-prob is read from the whole distribution at its place.
  async function missing(call: GenerateCall, tokens: readonly number[], index: number): Promise<number> {
    const size = vocabularySizes.get(call.server.url) ?? 0;
    const before = { ...call, tokens: [...call.tokens, ...tokens.slice(0, index)], maxNewTokens: 1 };
    // Drawn hot: what is drawn must be a whole character, and the raw distribution does not depend on it.
    const hot = { temperature: 100, topK: 0, topP: 1, minP: 0, maxNewTokens: 1 };
    for (let seed = 1; seed <= 16; seed++) {
      const answer = await complete({ ...before, seed, sampling: hot }, { wantsSampling: false, topCount: size });
      const entry = (answer['completion_probabilities'] as readonly unknown[] | undefined)?.[0];
      if (entry === undefined) continue;
      const all = asArray(asObject(entry, 'probabilities')['top_logprobs'], 'top_logprobs').map((top) =>
        asObject(top, 'entry'),
      );
      return logProbIn(all, tokens[index] as number, call.sampling);
    }
    throw new ServerFailure('answer', `the server tells no log-prob of token ${String(tokens[index])}`);
  }
}

interface ToldToken {
  readonly id: number;
  readonly logProb: number;
}

interface CompleteOptions {
  readonly model?: string | undefined;
  readonly wantsSampling: boolean;
  /** Tokens told at each place. */
  readonly topCount: number;
}

function complete(call: GenerateCall, { model, wantsSampling, topCount }: CompleteOptions): Promise<Json> {
  const { sampling } = call;
  return requestObject(call.server, {
    path: '/completion',
    body: {
      ...(model !== undefined && { model }),
      prompt: call.tokens,
      n_predict: call.maxNewTokens,
      stream: false,
      return_tokens: true,
      n_probs: topCount,
      post_sampling_probs: wantsSampling,
      // The one value it takes for "any" is the largest.
      seed: Math.min(call.seed, 0xfffffffe),
      temperature: sampling.temperature,
      top_k: sampling.topK,
      top_p: sampling.topP,
      min_p: sampling.minP,
      // The chain of `sampleToken`, and none of the server's own defaults.
      samplers: ['temperature', 'top_k', 'top_p', 'min_p'],
      repeat_penalty: 1,
      // Cached prefixes change the sizes of batches, and those the rounding: seeds would not hold.
      cache_prompt: false,
    },
    timeoutMs: call.timeoutMs,
    signal: call.signal,
  });
}

// Raw log-probs are at temperature 1, before truncation; the others after the whole chain.
function wantsSampling({ temperature }: SamplingParameters): boolean {
  return temperature !== 0 && temperature !== 1;
}

function knownOf(sampling: SamplingParameters): KnownLogProbs {
  if (sampling.temperature === 0 || !isTruncated(sampling)) return { logProbs: true, samplingLogProbs: true };
  return wantsSampling(sampling)
    ? { logProbs: false, samplingLogProbs: true }
    : { logProbs: true, samplingLogProbs: false };
}

function readLogProbs(answer: Json, isSampling: boolean): ToldToken[] {
  const list = answer['completion_probabilities'];
  return (Array.isArray(list) ? (list as unknown[]) : []).map((value) => {
    const entry = asObject(value, 'probabilities');
    const logProb = isSampling ? Math.log(asNumber(entry['prob'], 'prob')) : asNumber(entry['logprob'], 'logprob');
    return { id: asNumber(entry['id'], 'id'), logProb };
  });
}

/**
 * Which entry tells of which token, where entries are missing and equal ids make it doubtful: only places that are the
 * same matched from the front and from the back are sure.
 *
 * @returns for each token the index of its entry, or `undefined`
 */
export function placeTold(tokens: readonly number[], told: readonly { readonly id: number }[]): (number | undefined)[] {
  const front = new Array<number | undefined>(tokens.length).fill(undefined);
  const back = new Array<number | undefined>(tokens.length).fill(undefined);
  let next = 0;
  for (const [index, token] of tokens.entries()) if (told[next]?.id === token) front[index] = next++;
  let last = told.length - 1;
  for (let index = tokens.length - 1; index >= 0; index--) if (told[last]?.id === tokens[index]) back[index] = last--;
  if (next < told.length || last >= 0) {
    throw new ServerFailure('answer', 'probabilities are of other tokens than those of the answer');
  }
  return front.map((place, index) => (place === back[index] ? place : undefined));
}

// The log-prob of a token as the request's others have it, from the raw distribution over the vocabulary.
function logProbIn(all: readonly Json[], token: number, sampling: SamplingParameters): number {
  const logits = new Float64Array(all.length).fill(Number.NEGATIVE_INFINITY);
  for (const { id, logprob } of all) logits[asNumber(id, 'id')] = asNumber(logprob, 'logprob');
  const { temperature, topK, topP, minP } = sampling;
  const scores = wantsSampling(sampling)
    ? processLogits(logits, [
        { kind: 'temperature', temperature },
        ...(topK > 0 ? [{ kind: 'topK', topK } as const] : []),
        ...(topP < 1 ? [{ kind: 'topP', topP } as const] : []),
        ...(minP > 0 ? [{ kind: 'minP', minP } as const] : []),
      ])
    : logits;
  const top = scores.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const total = scores.reduce((sum, value) => sum + Math.exp(value - top), 0);
  const logProb = (scores[token] ?? Number.NEGATIVE_INFINITY) - top - Math.log(total);
  if (Number.isFinite(logProb)) return logProb;
  throw new ServerFailure('answer', `the distribution does not hold token ${token}`);
}

function endOf({ stop_type }: Json): ServerGeneration['end'] {
  if (stop_type === 'limit') return 'budget';
  if (stop_type === 'word') return 'stop-string';
  return stop_type === 'eos' ? 'token' : 'cut';
}

// Of a quantised model it samples from other weights than are trained.
function isFullPrecision(ftype: unknown): boolean {
  return typeof ftype === 'string' && /\b(?:all )?(?:F32|F16|BF16)\b/.test(ftype);
}
