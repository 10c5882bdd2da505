import { type GenerationRequest, RlloomError, type Tokenizer } from '@rlloom/spec';
import type { ModelConfig } from '../config/model-config.ts';

/** Options of `generate`. */
export interface GenerateOptions {
  /** Sequences that decode together. Default 64. */
  readonly maxBatchSize?: number;
  /** Written to every token of the results. Default 0. */
  readonly policyVersion?: number;
  /** Fills shorter prompts; any valid id, it has no effect on the results. Default: the model's, else 0. */
  readonly padTokenId?: number;
  /** End tokens of requests that name none. Default: the model's. */
  readonly eosTokenIds?: readonly number[];
  /** Needed for stop strings. */
  readonly tokenizer?: Tokenizer;
  /** Ends the running generations with stop reason `abort`. */
  readonly signal?: AbortSignal;
  /** Called when sequences have ended. */
  readonly onProgress?: (finished: number, total: number) => void;
}

/**
 * Checks requests before anything is computed.
 *
 * @throws RlloomError kind `rollout` for a prompt that is empty, too long or has unknown ids; kind `config` for
 * sampling parameters out of range
 */
export function checkRequests(config: ModelConfig, requests: readonly GenerationRequest[]): void {
  for (const [index, { promptTokens, sampling }] of requests.entries()) {
    const fail = (kind: 'rollout' | 'config', what: string, fix: string): never => {
      throw new RlloomError(kind, { what, where: `generation request ${index}`, fix });
    };
    const { temperature, topK, topP, minP, maxNewTokens } = sampling;
    const length = promptTokens.length;
    const limit = config.maxPositionEmbeddings;
    if (length === 0)
      fail('rollout', 'the prompt has no tokens', 'give at least one, for example the begin-of-text token');
    if (length + maxNewTokens > limit) {
      fail(
        'rollout',
        `${length} prompt tokens and ${maxNewTokens} new ones exceed the model's ${limit} positions`,
        'shorten the prompt or lower the token budget',
      );
    }
    const unknown = promptTokens.find((token) => !(token >= 0 && token < config.vocabularySize));
    if (unknown !== undefined)
      fail(
        'rollout',
        `token ${unknown} is not in the vocabulary of ${config.vocabularySize}`,
        'encode with the tokenizer of this model',
      );
    const inRange =
      temperature >= 0 && Number.isFinite(temperature) && topK >= 0 && topP > 0 && topP <= 1 && minP >= 0 && minP <= 1;
    if (!inRange)
      fail(
        'config',
        `sampling parameters are out of range: ${JSON.stringify(sampling)}`,
        'need temperature ≥ 0, top_k ≥ 0, 0 < top_p ≤ 1, 0 ≤ min_p ≤ 1',
      );
    if (!(Number.isInteger(maxNewTokens) && maxNewTokens >= 1))
      fail('config', `the token budget must be at least 1, given ${maxNewTokens}`, 'raise max_new_tokens');
  }
}
