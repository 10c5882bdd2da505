import type { ModelConfig } from '../../config/model-config.ts';
import { type CacheDemand, cacheBytes, maxPrefillTokens } from '../cache-bytes.ts';
import type { GenerateOptions } from '../generation-options.ts';
import type { GenerateRequest } from '../generation-request.ts';
import { bucketOf } from './buckets.ts';
import { promptColumns } from './read-prompts.ts';

/** New tokens of a call from which compiling pays. */
export const leastNewTokens = 256;
/** Requests of a call from which compiling pays: for fewer the weights are read as often either way. */
export const leastRequests = 4;

/**
 * Whether the compiled token loop draws what these requests ask for. It has no repetition penalty, no ban of n-grams,
 * no typical truncation, and gives no alternatives.
 */
export function coversRequests(
  requests: readonly Pick<GenerateRequest, 'sampling'>[],
  options: GenerateOptions,
): boolean {
  if ((options.alternatives ?? 0) > 0) return false;
  return requests.every(({ sampling }) => {
    const { repetitionPenalty = 1, noRepeatNgramSize = 0, typicalP = 1 } = sampling;
    return repetitionPenalty === 1 && noRepeatNgramSize === 0 && typicalP === 1;
  });
}

/** Columns beyond the longest sequence, so that sequences that start later seldom move the others. */
export const spareColumns = 32;

/** What sizes the cache of a compiled call. */
export interface CompiledDemand extends CacheDemand {
  readonly longestNewTokens: number;
}

/** The most columns that a call uses. */
export function mostColumns({ longestPrompt, longestNewTokens }: CompiledDemand): number {
  return bucketOf(promptColumns(longestPrompt) + longestNewTokens + spareColumns);
}

/** The most that keys and values of a call hold: the slots twice (a loop, or a move, writes to a copy), and prompts. */
function mostCompiledBytes(config: ModelConfig, demand: CompiledDemand, batchSize: number): number {
  const prompt = promptColumns(demand.longestPrompt);
  const slots = cacheBytes(config, { sequences: bucketOf(batchSize), tokens: mostColumns(demand) });
  const prompts = bucketOf(Math.max(1, Math.min(batchSize, Math.floor(maxPrefillTokens / demand.longestPrompt))));
  return 2 * slots + cacheBytes(config, { sequences: prompts, tokens: prompt });
}

/**
 * Sequences that decode together compiled; `undefined` where not even one fits the limit of memory, or not those that
 * were asked for.
 */
export function planCompiledBatch(
  config: ModelConfig,
  demand: CompiledDemand,
  { maxBatchSize, maxCacheBytes = Number.POSITIVE_INFINITY }: GenerateOptions,
): number | undefined {
  const asked = Math.min(maxBatchSize ?? defaultBatchSize, demand.sequences);
  let fitting = asked;
  while (fitting > 0 && mostCompiledBytes(config, demand, fitting) > maxCacheBytes) fitting--;
  return fitting === asked || (maxBatchSize === undefined && fitting > 0) ? fitting : undefined;
}

const defaultBatchSize = 64;
