import { type GenerationRequest, RlloomError } from '@rlloom/spec';
import { isTruncated, type KnownLogProbs } from './log-prob-meaning.ts';

/** What requests are held against. */
export interface RequestChecks {
  /** Name of the engine. */
  readonly name: string;
  readonly knownLogProbs: (sampling: GenerationRequest['sampling']) => KnownLogProbs;
  readonly maxSequenceLength: number;
  /** Whether sampling is allowed of which only one of the two log-probs is known. */
  readonly truncatedSampling: 'refuse' | 'flag';
}

/**
 * Refuses what a server could not do or only nearly, before anything is sent.
 *
 * @throws RlloomError kind `rollout` for a prompt that is empty or does not fit with its budget, and for sampling whose
 * log-probs the server cannot give; kind `config` for parameters out of range
 */
export function checkServerRequests(requests: readonly GenerationRequest[], checks: RequestChecks): void {
  for (const [index, { promptTokens, sampling }] of requests.entries()) {
    const where = `generation request ${index}`;
    const { temperature, topK, topP, minP, maxNewTokens } = sampling;
    const inRange =
      temperature >= 0 &&
      Number.isFinite(temperature) &&
      Number.isInteger(topK) &&
      topK >= 0 &&
      topP > 0 &&
      topP <= 1 &&
      minP >= 0 &&
      minP <= 1 &&
      Number.isInteger(maxNewTokens) &&
      maxNewTokens > 0;
    if (!inRange)
      throw new RlloomError('config', {
        what: `sampling parameters are out of range: ${JSON.stringify(sampling)}`,
        where,
        fix: 'need temperature ≥ 0, top_k ≥ 0, 0 < top_p ≤ 1, 0 ≤ min_p ≤ 1, at least one new token',
      });
    if (promptTokens.length === 0)
      throw new RlloomError('rollout', {
        what: 'the prompt has no tokens',
        where,
        fix: 'give at least one, for example the begin-of-text token',
      });
    if (promptTokens.length + maxNewTokens > checks.maxSequenceLength)
      throw new RlloomError('rollout', {
        what: `${promptTokens.length} prompt tokens and ${maxNewTokens} new ones exceed the server's ${checks.maxSequenceLength}`,
        where,
        fix: 'shorten the prompt or lower the token budget, or start the server with a longer context',
      });
    checkLogProbs(sampling, checks);
  }
}

function checkLogProbs(
  sampling: GenerationRequest['sampling'],
  { name, knownLogProbs, truncatedSampling }: RequestChecks,
): void {
  const known = knownLogProbs(sampling);
  if (known.logProbs && known.samplingLogProbs) return;
  if (!known.logProbs && !known.samplingLogProbs)
    throw new RlloomError('rollout', {
      what: `this ${name} server gives log-probs before the temperature: at temperature ${sampling.temperature} they are not those of the tokens it draws`,
      where: 'rollout.temperature',
      fix: 'use temperature 1, or start the server so that it gives them after it (vLLM: --logprobs-mode processed_logprobs)',
    });
  if (truncatedSampling === 'flag') return;
  const missing = known.logProbs ? 'after truncation, as it samples' : 'before truncation, as a trainer computes them';
  throw new RlloomError('rollout', {
    what: `this ${name} server does not give log-probs ${missing}${isTruncated(sampling) ? '' : ' at this temperature'}`,
    where: 'rollout.engine.truncated_sampling',
    fix: 'set top_k=0, top_p=1 and min_p=0; or truncated_sampling=flag, and results say which log-probs they have',
  });
}
