import { availableParallelism } from 'node:os';
import { RlloomError } from '@rlloom/spec';
import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp';
import pLimit from 'p-limit';
import type { LlamaCppConfig } from './llama-cpp.config.ts';
import type { LoadedLlama } from './load-llama.ts';
import { cacheType } from './number-types.ts';

/** Weights of one version, ready to generate. */
export interface OpenWeights {
  readonly version: number;
  /** Runs `work` with a free sequence; waits for one. */
  withSequence<Result>(work: (sequence: LlamaContextSequence) => Promise<Result>): Promise<Result>;
  /** Keeps the weights from being freed until `work` is done. */
  using<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Frees them, and all that `release` frees, once nobody uses them. Calling it again gives the same promise. */
  retire(release?: () => Promise<void>): Promise<void>;
}

/** What {@link openWeights} opens. */
export interface WeightFiles {
  readonly version: number;
  /** The GGUF file of the model. */
  readonly model: string;
  /** That of an adapter on top of it. */
  readonly adapter?: string | undefined;
  readonly sequenceLength: number;
}

/**
 * Loads a GGUF file and makes room for `maxBatchSize` sequences.
 *
 * @throws RlloomError kind `rollout` when llama.cpp does not open the file, or has no memory for it
 */
export async function openWeights(
  loaded: LoadedLlama,
  { version, model: modelPath, adapter, sequenceLength }: WeightFiles,
  config: LlamaCppConfig,
): Promise<OpenWeights> {
  const cache = cacheType(config);
  try {
    const model = await loaded.llama.loadModel({ modelPath, gpuLayers: config.gpu === 'none' ? 0 : 'auto' });
    const context = await model
      .createContext({
        sequences: config.maxBatchSize,
        contextSize: sequenceLength,
        batchSize: config.tokensPerPass,
        threads: config.threads ?? Math.max(1, availableParallelism() - 1),
        flashAttention: config.flashAttention,
        experimentalKvCacheKeyType: cache,
        experimentalKvCacheValueType: cache,
        failedCreationRemedy: false,
        ...(adapter !== undefined && { lora: { adapters: [{ filePath: adapter }] } }),
      })
      .catch(async (error: unknown) => {
        await model.dispose();
        throw error;
      });
    return manage(context, { version, count: config.maxBatchSize });
  } catch (error) {
    throw new RlloomError('rollout', {
      what: `llama.cpp does not open the weights: ${error instanceof Error ? error.message : String(error)} ${loaded.lastWords()}`,
      where: adapter ?? modelPath,
      fix: 'where memory is short lower max_batch_size or max_sequence_length; else take another engine for this model',
      cause: error,
    });
  }
}

function manage(
  context: LlamaContext,
  { version, count }: { readonly version: number; readonly count: number },
): OpenWeights {
  const free = Array.from({ length: count }, () => context.getSequence());
  const limit = pLimit(count);
  let users = 0;
  let idle = (): void => undefined;
  let retired: Promise<void> | undefined;
  const freeAll = async (release: () => Promise<void>): Promise<void> => {
    if (users > 0) await new Promise<void>((resolve) => (idle = resolve));
    await context.dispose();
    await context.model.dispose();
    await release();
  };
  return {
    version,
    withSequence: (work) =>
      limit(async () => {
        const sequence = free.pop() as LlamaContextSequence;
        try {
          return await work(sequence);
        } finally {
          free.push(sequence);
        }
      }),
    async using(work) {
      users++;
      try {
        return await work();
      } finally {
        users--;
        if (users === 0) idle();
      }
    },
    retire: (release = async () => undefined) => (retired ??= freeAll(release)),
  };
}
