import { RlloomError, type SamplingParameters } from '@rlloom/spec';
import type { GenerateSampling, TokenAlternative } from './generation-request.ts';
import { type LogitsProcessor, processLogits } from './logits-processors.ts';

/** A token and how likely it was, natural logarithms. */
export interface SampledToken {
  readonly token: number;
  /** At the sampling temperature, before truncation; for greedy: at temperature 1. */
  readonly logProb: number;
  /** Under the distribution that was drawn from: after truncation; for greedy: 0. */
  readonly samplingLogProb: number;
}

/** The fields of the sampling parameters that choose a token. */
export type TokenSampling = Pick<SamplingParameters, 'temperature' | 'topK' | 'topP' | 'minP'> &
  Pick<GenerateSampling, 'typicalP' | 'epsilonCutoff'>;

/** What a draw takes, and may be asked beside the token. */
export interface TokenDetails {
  /** Gives a number in [0, 1). */
  readonly random: () => number;
  /** Steps before the temperature: they change what is drawn, and `samplingLogProb` only. */
  readonly processors?: readonly LogitsProcessor[];
  /** Prompt and tokens so far, for processors that look back. */
  readonly previousTokens?: ArrayLike<number>;
  /** Asks for `rawLogProb`. */
  readonly rawLogProb?: boolean;
  /** Asks for so many of the most likely tokens. */
  readonly alternatives?: number;
  /** Working memory, one number per token of the vocabulary, to use again and again. */
  readonly weights?: Float64Array;
}

/** A token with what was asked beside it. */
export interface DetailedToken extends SampledToken {
  /** Under the model's own distribution: temperature 1, nothing removed. */
  readonly rawLogProb?: number;
  /** The most likely tokens before truncation, most likely first. */
  readonly alternatives?: readonly TokenAlternative[];
}

/**
 * Draws a token: greedy at temperature 0, else from `softmax(logits / temperature)` truncated by top-k, then top-p,
 * then min-p, then typical, then epsilon. It takes exactly one random number, by the inverse of the cumulative
 * distribution in the order of ids, in float64.
 *
 * @param logits one per token of the vocabulary
 * @param sampling how to draw
 * @param random gives a number in [0, 1); not called for greedy
 * @throws RlloomError kind `health` when a logit is NaN or infinite
 * @example
 * ```ts
 * sampleToken([0, 2, 1], { temperature: 0, topK: 0, topP: 1, minP: 0 }, Math.random).token; // => 1
 * ```
 */
export function sampleToken(logits: ArrayLike<number>, sampling: TokenSampling, random: () => number): SampledToken {
  return drawToken(logits, sampling, { random });
}

/**
 * `sampleToken` with more before it and beside it.
 *
 * @throws RlloomError kind `health` when a logit is NaN or infinite, kind `config` when processors remove every token
 */
export function drawToken(logits: ArrayLike<number>, sampling: TokenSampling, details: TokenDetails): DetailedToken {
  const temperature = sampling.temperature === 0 ? 1 : sampling.temperature;
  const { weights = new Float64Array(logits.length) } = details;
  const { total, top } = exponentials(logits, temperature, weights);
  if (!Number.isFinite(total)) throw notFinite();
  // (z − max)/τ − log Σ: unlike the logarithm of a weight, it holds for weights that underflow.
  const logTotal = Math.log(total);
  const logProbOf = (token: number) => ((logits[token] as number) - (logits[top] as number)) / temperature - logTotal;
  const { token, samplingLogProb = logProbOf(token) } = choose({ logits, weights, total, top }, sampling, details);
  return {
    token,
    logProb: logProbOf(token),
    samplingLogProb,
    ...(details.rawLogProb === true && {
      rawLogProb: temperature === 1 ? logProbOf(token) : rawLogProb(logits, { token, top, weights }),
    }),
    ...((details.alternatives ?? 0) > 0 && {
      alternatives: mostLikely(logits, details.alternatives as number).map((other) => ({
        token: other,
        logProb: logProbOf(other),
      })),
    }),
  };
}

interface Distribution {
  readonly logits: ArrayLike<number>;
  /** At the temperature, over the largest. */
  readonly weights: Float64Array;
  readonly total: number;
  readonly top: number;
}

/** The token, and its log-prob where it differs from that before processors and truncation. */
function choose(
  { logits, weights, total, top }: Distribution,
  sampling: TokenSampling,
  { random, processors = [], previousTokens = [] }: TokenDetails,
): { readonly token: number; readonly samplingLogProb?: number } {
  const isGreedy = sampling.temperature === 0;
  const truncations = isGreedy ? [] : truncation(sampling);
  if (processors.length + truncations.length === 0) {
    return isGreedy ? { token: top, samplingLogProb: 0 } : { token: draw(weights, random() * total) };
  }
  const chain: LogitsProcessor[] = isGreedy
    ? [...processors]
    : [...processors, { kind: 'temperature', temperature: sampling.temperature }, ...truncations];
  const scores = processLogits(logits, chain, previousTokens);
  const kept = exponentials(scores, 1, weights);
  if (scores[kept.top] === Number.NEGATIVE_INFINITY) throw nothingLeft();
  if (isGreedy) return { token: kept.top, samplingLogProb: 0 };
  const token = draw(weights, random() * kept.total);
  const samplingLogProb = (scores[token] as number) - (scores[kept.top] as number) - Math.log(kept.total);
  return { token, samplingLogProb };
}

function truncation({ topK, topP, minP, typicalP = 1, epsilonCutoff = 0 }: TokenSampling): LogitsProcessor[] {
  const processors: LogitsProcessor[] = [];
  if (topK > 0) processors.push({ kind: 'topK', topK });
  if (topP < 1) processors.push({ kind: 'topP', topP });
  if (minP > 0) processors.push({ kind: 'minP', minP });
  if (typicalP < 1) processors.push({ kind: 'typical', mass: typicalP });
  if (epsilonCutoff > 0) processors.push({ kind: 'epsilon', epsilon: epsilonCutoff });
  return processors;
}

function rawLogProb(
  logits: ArrayLike<number>,
  { token, top, weights }: { readonly token: number; readonly top: number; readonly weights: Float64Array },
): number {
  const { total } = exponentials(logits, 1, weights);
  return (logits[token] as number) - (logits[top] as number) - Math.log(total);
}

/** The tokens of the `count` largest logits, largest first, of equals the one of the lower id. */
function mostLikely(logits: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] as number;
    if (best.length === count && value <= (logits[best[count - 1] as number] as number)) continue;
    let place = best.length;
    while (place > 0 && value > (logits[best[place - 1] as number] as number)) place--;
    best.splice(place, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

/** Writes `exp((z − max) / temperature)` to `weights`. */
function exponentials(
  logits: ArrayLike<number>,
  temperature: number,
  weights: Float64Array,
): { readonly total: number; readonly top: number } {
  let top = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] as number) > (logits[top] as number)) top = i;
  const highest = logits[top] as number;
  let total = 0;
  for (let i = 0; i < logits.length; i++) {
    const weight = Math.exp(((logits[i] as number) - highest) / temperature);
    weights[i] = weight;
    total += weight;
  }
  return { total, top };
}

function draw(weights: Float64Array, threshold: number): number {
  let cumulative = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    cumulative += weights[i] as number;
    last = i;
    if (cumulative > threshold) return i;
  }
  // Only where rounding left the sum below the threshold.
  return last;
}

/** Logits that nothing can be drawn from. */
export function notFinite(): RlloomError {
  return new RlloomError('health', {
    what: 'the model gives logits that are NaN or infinite',
    where: 'generation',
    fix: 'its weights are damaged or training diverged: go back to a checkpoint and lower the learning rate',
  });
}

/** Processors removed every token. */
export function nothingLeft(): RlloomError {
  return new RlloomError('config', {
    what: 'no token is left to draw',
    where: 'generation',
    fix: 'suppress fewer tokens, allow longer runs to repeat, or lower min_new_tokens',
  });
}
