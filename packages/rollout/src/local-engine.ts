import {
  generate,
  type GenerateOptions,
  type GenerateRequest,
  type GenerateResult,
  generateStream,
  type GenerationPiece,
  type ModelWeights,
} from '@rlloom/models';
import { RlloomError, type RolloutEngine, type Tokenizer } from '@rlloom/spec';
import { createPauseGate } from './pause-gate.ts';

/** Options of `createLocalEngine`. */
export interface LocalEngineOptions {
  /**
   * The model that is trained, or `withAdapter` of it and its adapter: the engine reads the parameters at each call, so
   * a weight sync costs nothing.
   */
  readonly model: ModelWeights;
  readonly tokenizer: Tokenizer;
  /** Sequences that decode together. Default 64, or fewer where `maxCacheBytes` says so. */
  readonly maxBatchSize?: number;
  /** Limit of the key-value cache, in bytes: calls that do not fit are refused. Default: none. */
  readonly maxCacheBytes?: number;
  /** Whether token loops run compiled, as `generate` says. Default `auto`. */
  readonly compiled?: 'auto' | 'always' | 'never';
}

/** Options of one call of the local engine. */
export type LocalGenerateOptions = Pick<
  GenerateOptions,
  'signal' | 'onProgress' | 'onStatistics' | 'text' | 'rawLogProbs' | 'alternatives'
>;

/** The engine inside this process: what every engine does, with more to ask for, and token by token. */
export interface LocalEngine extends RolloutEngine {
  generate(requests: readonly GenerateRequest[], options?: LocalGenerateOptions): Promise<GenerateResult[]>;
  /** `generate`, token by token. Waits while the engine is paused; leaving the loop ends the work. */
  stream(
    requests: readonly GenerateRequest[],
    options?: LocalGenerateOptions,
  ): AsyncGenerator<GenerationPiece, void, undefined>;
}

/**
 * The engine inside this process: it generates with the very tensors or variables the trainer updates (a hybrid engine),
 * so its log-probs equal the trainer's up to rounding.
 *
 * @throws RlloomError `rollout` from `updateWeights` for weights that are not shared
 */
export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const { model, tokenizer, maxBatchSize, maxCacheBytes, compiled } = options;
  const gate = createPauseGate();
  let policyVersion = 0;
  const withDefaults = (callOptions: LocalGenerateOptions): GenerateOptions => ({
    ...(maxBatchSize !== undefined && { maxBatchSize }),
    ...(maxCacheBytes !== undefined && { maxCacheBytes }),
    ...(compiled !== undefined && { compiled }),
    policyVersion,
    padTokenId: tokenizer.padTokenId,
    eosTokenIds: tokenizer.eosTokenIds,
    tokenizer,
    ...callOptions,
  });
  return {
    capabilities: {
      name: 'local',
      logProbs: 'exact',
      weightUpdate: 'shared',
      maxSequenceLength: model.config.maxPositionEmbeddings,
      seeded: true,
      stopStrings: true,
    },
    async generate(requests, callOptions = {}) {
      await gate.passed(callOptions.signal);
      return generate(model, requests, withDefaults(callOptions));
    },
    async *stream(requests, callOptions = {}) {
      await gate.passed(callOptions.signal);
      yield* generateStream(model, requests, withDefaults(callOptions));
    },
    async updateWeights(source) {
      if (source.kind !== 'shared') {
        throw new RlloomError('rollout', {
          what: `the local engine shares its weights with the trainer and cannot read a ${source.kind}`,
          fix: 'load the checkpoint into the model, or choose a server engine',
        });
      }
      policyVersion = source.version;
    },
    async pause() {
      gate.close();
    },
    async resume() {
      gate.open();
    },
    async close() {
      gate.open();
    },
  };
}
