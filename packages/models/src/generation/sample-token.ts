import { RlloomError, type SamplingParameters } from '@rlloom/spec';
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
export type TokenSampling = Pick<SamplingParameters, 'temperature' | 'topK' | 'topP' | 'minP'>;

/**
 * Draws a token: greedy at temperature 0, else from `softmax(logits / temperature)` truncated by top-k, then top-p,
 * then min-p. It takes exactly one random number, by the inverse of the cumulative distribution in the order of ids,
 * in float64.
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
  const temperature = sampling.temperature === 0 ? 1 : sampling.temperature;
  const { weights, total, top } = exponentials(logits, temperature);
  if (!Number.isFinite(total)) throw notFinite();
  const logProbOf = (token: number) => Math.log(weights[token] as number) - Math.log(total);
  if (sampling.temperature === 0) return { token: top, logProb: logProbOf(top), samplingLogProb: 0 };

  const processors = truncation(sampling);
  if (processors.length === 0) {
    const token = draw(weights, random() * total);
    const logProb = exactLogProb(logits, { token, top, total, temperature });
    return { token, logProb, samplingLogProb: logProb };
  }
  const kept = exponentials(processLogits(logits, [{ kind: 'temperature', temperature }, ...processors]), 1);
  const token = draw(kept.weights, random() * kept.total);
  const logProb = exactLogProb(logits, { token, top, total, temperature });
  return { token, logProb, samplingLogProb: Math.log(kept.weights[token] as number) - Math.log(kept.total) };
}

// (z − max)/τ − log Σ: unlike the logarithm of a weight, it holds for weights that underflow.
function exactLogProb(
  logits: ArrayLike<number>,
  { token, top, total, temperature }: { token: number; top: number; total: number; temperature: number },
): number {
  return ((logits[token] as number) - (logits[top] as number)) / temperature - Math.log(total);
}

function truncation({ topK, topP, minP }: TokenSampling): LogitsProcessor[] {
  const processors: LogitsProcessor[] = [];
  if (topK > 0) processors.push({ kind: 'topK', topK });
  if (topP < 1) processors.push({ kind: 'topP', topP });
  if (minP > 0) processors.push({ kind: 'minP', minP });
  return processors;
}

function exponentials(
  logits: ArrayLike<number>,
  temperature: number,
): { readonly weights: Float64Array; readonly total: number; readonly top: number } {
  let top = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] as number) > (logits[top] as number)) top = i;
  const highest = logits[top] as number;
  const weights = new Float64Array(logits.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = Math.exp(((logits[i] as number) - highest) / temperature);
    weights[i] = weight;
    total += weight;
  }
  return { weights, total, top };
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

function notFinite(): RlloomError {
  return new RlloomError('health', {
    what: 'the model gives logits that are NaN or infinite',
    where: 'generation',
    fix: 'its weights are damaged or training diverged: go back to a checkpoint and lower the learning rate',
  });
}
