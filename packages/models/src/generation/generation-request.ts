import { deriveSeed, type GenerationRequest, type GenerationResult, type SamplingParameters } from '@rlloom/spec';
import type { StopMatch } from './stop-strings.ts';

/** How the next token is drawn: what every engine knows, and what `generate` knows beside it. */
export interface GenerateSampling extends SamplingParameters {
  /** No end token and no stop string ends the generation before it has so many new tokens. Default 0. */
  readonly minNewTokens?: number;
  /** Divides positive and multiplies negative logits of tokens of prompt and response. Default 1. arXiv:1909.05858 */
  readonly repetitionPenalty?: number;
  /** No run of so many tokens comes twice, the prompt counted. Default 0: they may. */
  readonly noRepeatNgramSize?: number;
  /** Tokens that are never drawn. Default none. */
  readonly suppressTokens?: readonly number[];
  /** Keeps the tokens of typical surprise up to this probability. Default 1: all. arXiv:2202.00666 */
  readonly typicalP?: number;
  /** Keeps tokens with at least this probability. Default 0: all. arXiv:2210.15191 */
  readonly epsilonCutoff?: number;
}

/** One prompt to continue. A `GenerationRequest` is one. */
export interface GenerateRequest extends GenerationRequest {
  readonly sampling: GenerateSampling;
}

/** A token that could have been drawn. */
export interface TokenAlternative {
  readonly token: number;
  /** At the sampling temperature, before truncation (for greedy: temperature 1), as `logProbs` of results. */
  readonly logProb: number;
}

/** Which stop string ended a generation. */
export interface StoppedAt extends StopMatch {
  /** Index of the first new token that has a part in it; the tokens from there on made it. */
  readonly firstToken: number;
}

/** Token ids and log-probs of one request. Arrays have one entry per new token (N). */
export interface GenerateResult extends GenerationResult {
  /** Under the model's own distribution: temperature 1, nothing removed. With `rawLogProbs`. `[N]` */
  readonly rawLogProbs?: Float32Array;
  /** The most likely tokens, most likely first. With `alternatives`. `[N]` */
  readonly alternatives?: readonly (readonly TokenAlternative[])[];
  /** With `text`. The end token is no part of it. */
  readonly text?: string;
  /** With stop reason `stop`. */
  readonly stop?: StoppedAt;
}

/**
 * The same request `count` times, each with a seed of its own: the samples of a group. `generate` reads their prompt
 * once.
 *
 * @example
 * ```ts
 * const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 8 };
 * repeatRequest({ promptTokens: [1, 2], seed: 5, sampling }, 3).length; // => 3
 * ```
 */
export function repeatRequest<Request extends GenerationRequest>(request: Request, count: number): Request[] {
  return Array.from({ length: count }, (_, sample) => ({ ...request, seed: deriveSeed(request.seed, sample) }));
}
