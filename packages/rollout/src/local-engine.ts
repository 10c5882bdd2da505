import {
  generate,
  type GenerateOptions,
  type GenerateRequest,
  type GenerateResult,
  generateStream,
  type GenerationPiece,
  type ModelWeights,
} from '@rlloom/models';
import { type EngineCallOptions, RlloomError, type RolloutEngine, type Tokenizer } from '@rlloom/spec';
import { createJointGenerator } from './joint-generator.ts';
import { createPauseGate, deferred } from './pause-gate.ts';
import { tellDrawn } from './tell-tokens.ts';

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
  /**
   * Whether running generations are halted by `pause` and `updateWeights` and go on afterwards, under the weights as
   * they are then. Calls that ask for `rawLogProbs`, `alternatives`, `text` or statistics, and streams, run to their
   * end all the same. Default false.
   */
  readonly interruptible?: boolean;
  /** Whether calls that run at the same time share one batch. Default: as `interruptible`, which needs it. */
  readonly joinsCalls?: boolean;
}

/** Options of one call of the local engine. */
export type LocalGenerateOptions = EngineCallOptions &
  Pick<GenerateOptions, 'onStatistics' | 'text' | 'rawLogProbs' | 'alternatives'>;

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
 * As the weights are shared, whoever changes them does so between `await pause()` and `resume()` while others may
 * generate: `pause` resolves when no token is being drawn. Without `interruptible` it waits for running calls to end;
 * with it they halt between two tokens (or chunks of compiled ones), keep what they have, and after `resume` read it
 * under the new weights and go on, each token marked with the version that drew it. Gradients may be computed at any
 * time: they change no weights.
 *
 * @throws RlloomError `rollout` from `updateWeights` for weights that are not shared
 */
export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const { model, tokenizer, maxBatchSize, maxCacheBytes, compiled, interruptible = false } = options;
  const { joinsCalls = interruptible } = options;
  const gate = createPauseGate();
  const running = new Set<Promise<unknown>>();
  let policyVersion = 0;
  let isPaused = false;
  const joint =
    interruptible || joinsCalls
      ? createJointGenerator({ ...options, maxBatchSize: maxBatchSize ?? 64, currentVersion: () => policyVersion })
      : undefined;
  // Work that is not halted is waited for.
  const toItsEnd = async <Result>(work: Promise<Result>): Promise<Result> => {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  };
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
      joinsCalls: joint !== undefined,
      stopStrings: true,
      streams: true,
    },
    async generate(requests, callOptions = {}) {
      const isJoint = joint !== undefined && !asksForMore(callOptions);
      if (isJoint && interruptible) return joint.generate(requests, callOptions);
      await gate.passed(callOptions.signal);
      if (isJoint) return toItsEnd(joint.generate(requests, callOptions));
      const { onTokens } = callOptions;
      if (onTokens === undefined) return toItsEnd(generate(model, requests, withDefaults(callOptions)));
      return toItsEnd(telling(generateStream(model, requests, withDefaults(callOptions)), onTokens));
    },
    async *stream(requests, callOptions = {}) {
      await gate.passed(callOptions.signal);
      const { promise, resolve } = deferred();
      void toItsEnd(promise);
      try {
        yield* generateStream(model, requests, withDefaults(callOptions));
      } finally {
        resolve();
      }
    },
    async updateWeights(source) {
      if (source.kind !== 'shared') {
        throw new RlloomError('rollout', {
          what: `the local engine shares its weights with the trainer and cannot read a ${source.kind}`,
          fix: 'load the checkpoint into the model, or choose a server engine',
        });
      }
      if (isPaused || !interruptible) {
        policyVersion = source.version;
        return;
      }
      await joint?.halt();
      policyVersion = source.version;
      joint?.go();
    },
    async pause() {
      isPaused = true;
      gate.close();
      await Promise.all([interruptible ? joint?.halt() : undefined, Promise.allSettled([...running])]);
    },
    async resume() {
      isPaused = false;
      gate.open();
      joint?.go();
    },
    async close() {
      isPaused = false;
      gate.open();
      joint?.go();
    },
  };
}

// The results of a stream, whose tokens are told of.
async function telling(
  pieces: AsyncIterable<GenerationPiece>,
  onTokens: NonNullable<EngineCallOptions['onTokens']>,
): Promise<GenerateResult[]> {
  const results: GenerateResult[] = [];
  for await (const { request, draw, result } of pieces) {
    if (draw !== undefined) tellDrawn(request, [draw], onTokens);
    if (result !== undefined) results[request] = result;
  }
  return results;
}

function asksForMore(options: LocalGenerateOptions): boolean {
  const { text, rawLogProbs = false, alternatives = 0, onStatistics } = options;
  return text !== undefined || rawLogProbs || alternatives > 0 || onStatistics !== undefined;
}
