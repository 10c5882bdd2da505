import { RlloomError, type SamplingParameters } from '@rlloom/spec';

/**
 * What the log-prob that a server gives of a token is taken of:
 * - `raw`: softmax of the logits, neither temperature nor truncation
 * - `temperature`: softmax of logits / temperature, before truncation
 * - `sampling`: the distribution that was drawn from, after temperature and truncation
 */
export type LogProbMeaning = 'raw' | 'temperature' | 'sampling';

/** Which of the two log-probs of a result are known. */
export interface KnownLogProbs {
  /** At the sampling temperature, before truncation: what a trainer recomputes. */
  readonly logProbs: boolean;
  /** Under the distribution that was drawn from. */
  readonly samplingLogProbs: boolean;
}

/** Whether sampling leaves tokens out. */
export function isTruncated({ topK, topP, minP }: SamplingParameters): boolean {
  return topK > 0 || topP < 1 || minP > 0;
}

/**
 * Which log-probs follow from a server's, for some sampling. Greedy servers give them at temperature 1, and what is
 * drawn greedily is drawn with probability 1.
 *
 * @example
 * ```ts
 * const sampling = { temperature: 0.7, topK: 0, topP: 1, minP: 0, maxNewTokens: 8 };
 * knownLogProbs('raw', sampling).logProbs; // => false
 * knownLogProbs('sampling', sampling).logProbs; // => true
 * knownLogProbs('sampling', { ...sampling, topP: 0.9 }).logProbs; // => false
 * ```
 */
export function knownLogProbs(meaning: LogProbMeaning, sampling: SamplingParameters): KnownLogProbs {
  if (sampling.temperature === 0) return { logProbs: true, samplingLogProbs: true };
  const isWhole = !isTruncated(sampling);
  if (meaning === 'raw')
    return { logProbs: sampling.temperature === 1, samplingLogProbs: sampling.temperature === 1 && isWhole };
  return { logProbs: meaning === 'temperature' || isWhole, samplingLogProbs: meaning === 'sampling' || isWhole };
}

/** Greedy sampling leaves everything but the most likely token out by itself; servers need not be asked for more. */
export function withoutIdleTruncation(sampling: SamplingParameters): SamplingParameters {
  return sampling.temperature === 0 ? { ...sampling, topK: 0, topP: 1, minP: 0 } : sampling;
}

/** The log-prob a server gives of one token drawn after a prompt. */
export type MeasuredSample = (prompt: readonly number[], sampling: SamplingParameters) => Promise<number>;

// Short prompts, one of which leaves any model in doubt of what comes next.
const probePrompts = [[1], [2, 3], [5, 7, 11], [13], [17, 19, 23, 29], [31, 37]];

/**
 * Finds out what a server's log-probs are taken of, from the most likely token drawn in three ways: greedily, and by a
 * nucleus so small that it holds nothing else, at temperatures 1 and 2. Settings of servers change their meaning and not
 * every server tells its settings; the numbers do.
 *
 * @throws RlloomError kind `rollout` when they mean something else, or when it cannot be told
 */
export async function measureLogProbs(server: string, sample: MeasuredSample): Promise<LogProbMeaning> {
  const sampling = { topK: 0, minP: 0, maxNewTokens: 1 };
  for (const prompt of probePrompts) {
    const greedy = await sample(prompt, { ...sampling, temperature: 0, topP: 1 });
    const cold = await sample(prompt, { ...sampling, temperature: 1, topP: 1e-6 });
    const hot = await sample(prompt, { ...sampling, temperature: 2, topP: 1e-6 });
    const isOne = (logProb: number): boolean => Math.abs(logProb) < 1e-3;
    // A most likely token of probability 1 tells nothing.
    if (Math.abs(greedy) < 0.05 && isOne(cold) && Math.abs(hot) < 0.05) continue;
    const isSame = (a: number, b: number): boolean => Math.abs(a - b) < 0.02 * Math.max(Math.abs(a), Math.abs(b), 1);
    if (isOne(cold) && isOne(hot)) return 'sampling';
    if (isSame(greedy, cold) && isSame(cold, hot)) return 'raw';
    if (isSame(greedy, cold)) return 'temperature';
    throw new RlloomError('rollout', {
      what: `the log-probs of ${server} fit no known meaning: ${greedy} greedily, ${cold} and ${hot} at temperatures 1 and 2`,
      where: 'rollout.engine',
      fix: 'look for settings of the server that change logits or log-probs, e.g. penalties or a logits processor',
    });
  }
  throw new RlloomError('rollout', {
    what: `the model of ${server} is so sure of its first token that the meaning of its log-probs cannot be measured`,
    where: 'rollout.engine.log_prob_meaning',
    fix: 'say what they are taken of: raw, temperature or sampling',
  });
}
