import { generate, type ModelWeights } from '@rlloom/models';
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
  /** Sequences that decode together. Default 64. */
  readonly maxBatchSize?: number;
}

/**
 * The engine inside this process: it generates with the very tensors the trainer updates (a hybrid engine), so
 * its log-probs equal the trainer's up to rounding.
 *
 * @throws RlloomError `rollout` from `updateWeights` for weights that are not shared
 */
export function createLocalEngine(options: LocalEngineOptions): RolloutEngine {
  const { model, tokenizer, maxBatchSize = 64 } = options;
  const gate = createPauseGate();
  let policyVersion = 0;
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
      await gate.passed();
      if (requests.length === 0) return [];
      return generate(model, requests, {
        maxBatchSize,
        policyVersion,
        padTokenId: tokenizer.padTokenId,
        eosTokenIds: tokenizer.eosTokenIds,
        tokenizer,
        ...callOptions,
      });
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
