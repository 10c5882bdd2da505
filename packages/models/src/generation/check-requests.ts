import { RlloomError } from '@rlloom/spec';
import type { ModelConfig } from '../config/model-config.ts';
import type { GenerateRequest, GenerateSampling } from './generation-request.ts';

type Fail = (kind: 'rollout' | 'config', what: string, fix: string) => never;

/**
 * Checks requests before anything is computed.
 *
 * @throws RlloomError kind `rollout` for a prompt that is empty, too long or has unknown ids; kind `config` for
 * sampling parameters out of range
 */
export function checkRequests(config: ModelConfig, requests: readonly GenerateRequest[]): void {
  for (const [index, { promptTokens, sampling }] of requests.entries()) {
    const fail: Fail = (kind, what, fix) => {
      throw new RlloomError(kind, { what, where: `generation request ${index}`, fix });
    };
    checkPrompt(config, promptTokens, { maxNewTokens: sampling.maxNewTokens, fail });
    checkSampling(config, sampling, fail);
  }
}

function checkPrompt(
  config: ModelConfig,
  prompt: readonly number[] | Int32Array,
  { maxNewTokens, fail }: { readonly maxNewTokens: number; readonly fail: Fail },
): void {
  const limit = config.maxPositionEmbeddings;
  if (prompt.length === 0)
    fail('rollout', 'the prompt has no tokens', 'give at least one, for example the begin-of-text token');
  if (prompt.length + maxNewTokens > limit)
    fail(
      'rollout',
      `${prompt.length} prompt tokens and ${maxNewTokens} new ones exceed the model's ${limit} positions`,
      'shorten the prompt or lower the token budget',
    );
  checkFrequencies(config, prompt.length, { maxNewTokens, fail });
  const unknown = prompt.find((token) => !isToken(config, token));
  if (unknown !== undefined)
    fail(
      'rollout',
      `token ${unknown} is not in the vocabulary of ${config.vocabularySize}`,
      'encode with the tokenizer of this model',
    );
}

// Keys in the cache are rotated already; the frequencies of a longer sequence would not fit them.
function checkFrequencies(
  { rotaries }: ModelConfig,
  length: number,
  { maxNewTokens, fail }: { readonly maxNewTokens: number; readonly fail: Fail },
): void {
  const crossed = rotaries.find(
    ({ beyond }) => beyond !== null && length <= beyond.length && length + maxNewTokens > beyond.length,
  );
  if (crossed?.beyond == null) return;
  fail(
    'rollout',
    `${length} prompt tokens and ${maxNewTokens} new ones cross the ${crossed.beyond.length} from which the model's rotary frequencies are others`,
    `lower the token budget to ${crossed.beyond.length - length}, or give a prompt that is longer already`,
  );
}

function checkSampling(config: ModelConfig, sampling: GenerateSampling, fail: Fail): void {
  const { temperature, topK, topP, minP, maxNewTokens } = sampling;
  const { minNewTokens = 0, repetitionPenalty = 1, noRepeatNgramSize = 0, typicalP = 1, epsilonCutoff = 0 } = sampling;
  const isCount = (value: number) => Number.isInteger(value) && value >= 0;
  const inRange =
    temperature >= 0 && Number.isFinite(temperature) && topK >= 0 && topP > 0 && topP <= 1 && minP >= 0 && minP <= 1;
  if (!inRange)
    fail(
      'config',
      `sampling parameters are out of range: ${JSON.stringify(sampling)}`,
      'need temperature ≥ 0, top_k ≥ 0, 0 < top_p ≤ 1, 0 ≤ min_p ≤ 1',
    );
  const positive = repetitionPenalty > 0 && Number.isFinite(repetitionPenalty) && typicalP > 0 && typicalP <= 1;
  if (!(positive && epsilonCutoff >= 0 && epsilonCutoff < 1 && isCount(noRepeatNgramSize)))
    fail(
      'config',
      `sampling parameters are out of range: ${JSON.stringify(sampling)}`,
      'need a repetition penalty > 0, 0 < typical_p ≤ 1, 0 ≤ epsilon_cutoff < 1, a whole n-gram size ≥ 0',
    );
  if (!(Number.isInteger(maxNewTokens) && maxNewTokens >= 1))
    fail('config', `the token budget must be at least 1, given ${maxNewTokens}`, 'raise max_new_tokens');
  if (!(isCount(minNewTokens) && minNewTokens <= maxNewTokens))
    fail(
      'config',
      `at least ${minNewTokens} and at most ${maxNewTokens} new tokens cannot both be`,
      'lower min_new_tokens',
    );
  const unknown = sampling.suppressTokens?.find((token) => !isToken(config, token));
  if (unknown !== undefined)
    fail('config', `token ${unknown} of those to suppress is not in the vocabulary`, 'leave it out');
}

function isToken(config: ModelConfig, token: number): boolean {
  return Number.isInteger(token) && token >= 0 && token < config.vocabularySize;
}
