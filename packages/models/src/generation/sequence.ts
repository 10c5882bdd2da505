import { RlloomError, type StopReason, type Tokenizer } from '@rlloom/spec';
import type {
  GenerateRequest,
  GenerateResult,
  GenerateSampling,
  StoppedAt,
  TokenAlternative,
} from './generation-request.ts';
import type { GenerateOptions } from './generation-options.ts';
import type { LogitsProcessor } from './logits-processors.ts';
import { randomStream } from './random-stream.ts';
import { type DetailedToken, drawToken, type SampledToken } from './sample-token.ts';
import { findStopString, possibleStopLength } from './stop-strings.ts';
import { textStream } from './text-stream.ts';

/** A sequence that is being written. */
export interface Sequence {
  /** Its place among the requests. */
  readonly index: number;
  readonly prompt: Int32Array;
  /** New tokens so far. */
  readonly tokens: readonly number[];
  readonly maxNewTokens: number;
  readonly sampling: GenerateSampling;
  readonly endTokens: readonly number[];
  /** Whether stop strings may end it. */
  readonly hasStopStrings: boolean;
  /** Why it has ended; `undefined` while it runs. */
  readonly stopReason: StopReason | undefined;
  /** Draws the next token from logits. */
  extend(logits: Float32Array, weights: Float64Array): DetailedToken;
  /** The next numbers of its random stream; they stay the next. */
  upcoming(count: number): readonly number[];
  /** Takes a token that was drawn with the next of these numbers, or, greedily, without. */
  accept(draw: DetailedToken): void;
  /** Ends it with what is there. */
  abort(): void;
  /** The text that has become certain since the last call, with option `text`: none that may be cut later. */
  takeText(): string;
  /** The tokens drawn since the last call. */
  takeDraws(): readonly SampledToken[];
  /** What was written so far, and why it ended. */
  result(): GenerateResult;
}

/**
 * Starts a sequence. An end token, a stop string, the token budget end it, in this order; the token that ends it is part
 * of the result.
 *
 * @throws RlloomError kind `config` for stop strings or text without a tokenizer
 */
export function startSequence(
  request: GenerateRequest,
  index: number,
  options: GenerateOptions & {
    readonly eosTokenIds: readonly number[];
    /** Version of the weights that the next token is drawn with. Default: `policyVersion`. */
    readonly currentVersion?: () => number;
  },
): Sequence {
  const { sampling } = request;
  const prompt = Int32Array.from(request.promptTokens);
  const { minNewTokens = 0, maxNewTokens } = sampling;
  const endTokens = new Set(sampling.eosTokenIds ?? options.eosTokenIds);
  const stream = randomStream(request.seed);
  const ahead: number[] = [];
  const random = (): number => ahead.shift() ?? stream();
  const processorsAfter = historyProcessors(request, [...endTokens]);
  const stopStrings = (sampling.stopStrings ?? []).filter((string) => string !== '');
  const textSoFar =
    stopStrings.length > 0 || options.text !== undefined ? textStream(tokenizerOf(options, stopStrings)) : undefined;
  const tokens: number[] = [];
  const draws: DetailedToken[] = [];
  const versions: number[] = [];
  let stopReason: StopReason | undefined;
  let stop: StoppedAt | undefined;
  let taken = 0;
  let takenDraws = 0;

  const readText = (token: number): void => {
    const fresh = textSoFar?.push(token).length ?? 0;
    if (textSoFar === undefined || fresh === 0 || tokens.length < minNewTokens) return;
    const match = findStopString(textSoFar.text, stopStrings, fresh);
    if (match === undefined) return;
    stop = { ...match, firstToken: textSoFar.tokenAt(match.textStart) };
    stopReason = 'stop';
  };
  const end = (): void => {
    textSoFar?.finish();
  };
  const text = (): string => {
    const all = textSoFar?.text ?? '';
    return options.text === 'before-stop' ? all.slice(0, stop?.textStart) : all;
  };
  const take = (draw: DetailedToken): void => {
    tokens.push(draw.token);
    draws.push(draw);
    versions.push(options.currentVersion?.() ?? options.policyVersion ?? 0);
    if (endTokens.has(draw.token)) stopReason = 'eos';
    else readText(draw.token);
    if (tokens.length >= maxNewTokens) stopReason ??= 'length';
    if (stopReason !== undefined) end();
  };
  return {
    index,
    prompt,
    tokens,
    maxNewTokens,
    sampling,
    endTokens: [...endTokens],
    hasStopStrings: stopStrings.length > 0,
    get stopReason() {
      return stopReason;
    },
    extend(logits, weights) {
      const processors = processorsAfter(tokens.length);
      const draw = drawToken(logits, sampling, {
        random,
        processors,
        weights,
        ...(processors.length > 0 && { previousTokens: [...prompt, ...tokens] }),
        rawLogProb: options.rawLogProbs ?? false,
        alternatives: options.alternatives ?? 0,
      });
      take(draw);
      return draw;
    },
    upcoming(count) {
      while (ahead.length < count) ahead.push(stream());
      return ahead.slice(0, count);
    },
    accept(draw) {
      if (sampling.temperature > 0) random();
      take(draw);
    },
    abort() {
      if (stopReason !== undefined) return;
      stopReason = 'abort';
      end();
    },
    takeText() {
      const certain = text();
      const held =
        stopReason === undefined && options.text === 'before-stop' ? possibleStopLength(certain, stopStrings) : 0;
      const piece = certain.slice(taken, certain.length - held);
      taken += piece.length;
      return piece;
    },
    takeDraws() {
      const fresh = draws.slice(takenDraws);
      takenDraws = draws.length;
      return fresh;
    },
    result: () => ({
      tokens: Int32Array.from(tokens),
      logProbs: Float32Array.from(draws, ({ logProb }) => logProb),
      samplingLogProbs: Float32Array.from(draws, ({ samplingLogProb }) => samplingLogProb),
      policyVersions: Int32Array.from(versions),
      stopReason: stopReason ?? 'abort',
      ...(options.rawLogProbs === true && {
        rawLogProbs: Float32Array.from(draws, ({ rawLogProb }) => rawLogProb as number),
      }),
      ...((options.alternatives ?? 0) > 0 && {
        alternatives: draws.map(({ alternatives }) => alternatives as readonly TokenAlternative[]),
      }),
      ...(options.text !== undefined && { text: text() }),
      ...(stop !== undefined && { stop }),
    }),
  };
}

/** The steps before the temperature after so many new tokens, in transformers' order. */
function historyProcessors(
  { sampling, promptTokens }: GenerateRequest,
  eosTokenIds: readonly number[],
): (newTokens: number) => readonly LogitsProcessor[] {
  const { repetitionPenalty = 1, noRepeatNgramSize = 0, minNewTokens = 0, suppressTokens = [] } = sampling;
  const always: LogitsProcessor[] = [];
  if (repetitionPenalty !== 1) always.push({ kind: 'repetitionPenalty', penalty: repetitionPenalty });
  if (noRepeatNgramSize > 0) always.push({ kind: 'noRepeatNgram', size: noRepeatNgramSize });
  if (suppressTokens.length > 0) always.push({ kind: 'suppressTokens', tokens: suppressTokens });
  const promptLength = promptTokens.length;
  const early = [...always, { kind: 'minNewTokens', promptLength, minNewTokens, eosTokenIds } as const];
  return (newTokens) => (newTokens < minNewTokens ? early : always);
}

function tokenizerOf({ tokenizer }: GenerateOptions, stopStrings: readonly string[]): Tokenizer {
  if (tokenizer !== undefined) return tokenizer;
  throw new RlloomError('config', {
    what: `${stopStrings.length > 0 ? 'stop strings need' : 'text needs'} a tokenizer`,
    where: 'generate',
    fix: 'pass options.tokenizer',
  });
}
