import { RlloomError } from '@rlloom/spec';
import type { ModelConfig } from '../config/model-config.ts';

/**
 * Bytes of the keys and values of `sequences` × `tokens` in all layers, float32:
 * `2 · layers · key-value heads · width of a head · 4` per token.
 *
 * @example
 * ```ts
 * cacheBytes({ numHiddenLayers: 24, numKeyValueHeads: 2, headDim: 64 }, { sequences: 64, tokens: 1024 }); // => 1610612736
 * ```
 */
export function cacheBytes(
  config: Pick<ModelConfig, 'numHiddenLayers' | 'numKeyValueHeads' | 'headDim'>,
  { sequences, tokens }: { readonly sequences: number; readonly tokens: number },
): number {
  return 2 * config.numHiddenLayers * config.numKeyValueHeads * config.headDim * 4 * sequences * tokens;
}

/** Tokens of prompts that are read in one pass, if they are more than one prompt: it bounds the memory of the pass. */
export const maxPrefillTokens = 4096;

/** What sizes the cache of a call. */
export interface CacheDemand {
  /** Sequences of the call. */
  readonly sequences: number;
  readonly longestPrompt: number;
  /** Tokens of the longest sequence that are cached: all but its last. */
  readonly longestSequence: number;
}

/**
 * Sequences that decode together within a limit of cache memory.
 *
 * @param demand what the requests need at most
 * @param options.maxBatchSize asked for; without it 64, or fewer so that they fit
 * @param options.maxCacheBytes the limit, if any
 * @throws RlloomError kind `config` when the batch asked for, or a single sequence, does not fit
 */
export function planBatchSize(
  config: ModelConfig,
  demand: CacheDemand,
  options: { readonly maxBatchSize?: number | undefined; readonly maxCacheBytes?: number | undefined },
): number {
  const { maxBatchSize, maxCacheBytes = Number.POSITIVE_INFINITY } = options;
  const asked = Math.min(maxBatchSize ?? defaultBatchSize, demand.sequences);
  let fitting = asked;
  while (fitting > 0 && mostCacheBytes(config, demand, fitting) > maxCacheBytes) fitting--;
  if (fitting === asked || (maxBatchSize === undefined && fitting > 0)) return fitting;
  throw new RlloomError('config', {
    what: `${asked} sequences of up to ${demand.longestSequence} tokens need up to ${mostCacheBytes(config, demand, asked)} bytes of key-value cache, the limit is ${maxCacheBytes}`,
    where: 'generation',
    fix:
      fitting > 0
        ? `lower the batch size to ${fitting}, lower the token budget, or raise the limit`
        : 'lower the token budget, shorten the prompts, or raise the limit: not even one sequence fits',
  });
}

/** The most that a batch holds: full slots, the prompts that were just read, and a copy of one buffer as it grows. */
export function mostCacheBytes(config: ModelConfig, demand: CacheDemand, batchSize: number): number {
  const slots = cacheBytes(config, { sequences: batchSize, tokens: demand.longestSequence });
  const prompts = Math.max(1, Math.min(batchSize, Math.floor(maxPrefillTokens / demand.longestPrompt)));
  const read = cacheBytes(config, { sequences: prompts, tokens: demand.longestPrompt });
  return slots + Math.max(read, slots / (2 * config.numHiddenLayers));
}

const defaultBatchSize = 64;
