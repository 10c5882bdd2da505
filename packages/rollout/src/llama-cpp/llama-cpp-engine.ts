import { loadModelConfig, loadTokenizer, type ModelConfig, type ModelWeights, startSequences } from '@rlloom/models';
import {
  type EngineCapabilities,
  RlloomError,
  type RolloutEngine,
  type Tokenizer,
  type WeightSource,
} from '@rlloom/spec';
import pLimit from 'p-limit';
import { createPauseGate } from '../pause-gate.ts';
import { generateSequence } from './generate-sequence.ts';
import { llamaCppConfig, type LlamaCppConfig, type LlamaCppOptions } from './llama-cpp.config.ts';
import { loadLlama } from './load-llama.ts';
import { logProbsOf } from './number-types.ts';
import { type OpenWeights, openWeights } from './open-weights.ts';
import { createWeightFolder, type WrittenWeights } from './weight-folder.ts';

/** Options of {@link createLlamaCppEngine}. */
export interface CreateLlamaCppEngineOptions extends LlamaCppOptions {
  /**
   * The model: one in memory, with its adapter if it has one, whose present weights each `shared` update writes; or a
   * folder, whose weights updates by checkpoints and adapters follow.
   */
  readonly model: ModelWeights | string;
  /** For stop strings and end tokens. Default: that of the folder, if `model` is one. */
  readonly tokenizer?: Tokenizer;
}

/**
 * Rollouts by llama.cpp inside this process, through the optional package `node-llama-cpp`, quantised if asked to. Weights
 * are written as GGUF files, loaded beside those at work and put in their place; generations that run go on with those
 * they began with.
 *
 * @throws RlloomError kind `config` when the package is missing, kind `model` for a model that llama.cpp computes
 * otherwise than it is trained, kind `rollout` when there is no memory for it
 */
export async function createLlamaCppEngine(options: CreateLlamaCppEngineOptions): Promise<RolloutEngine> {
  const { model, tokenizer: givenTokenizer, ...rest } = options;
  const settings = llamaCppConfig.parse(rest);
  const modelConfig = typeof model === 'string' ? await loadModelConfig(model) : model.config;
  const tokenizer = givenTokenizer ?? (typeof model === 'string' ? await loadTokenizer(model) : undefined);
  const capabilities = capabilitiesOf(modelConfig, settings, tokenizer);
  const loaded = await loadLlama(settings);
  const folder = await createWeightFolder({
    config: modelConfig,
    dtype: settings.dtype,
    trained: typeof model === 'string' ? undefined : model,
    parent: settings.directory,
  });
  const gate = createPauseGate();
  const oneAtATime = pLimit(1);
  const retirements = new Set<Promise<void>>();
  const startConfig = { ...modelConfig, maxPositionEmbeddings: capabilities.maxSequenceLength };

  const open = async (
    source: WeightSource,
  ): Promise<{ readonly files: WrittenWeights; readonly weights: OpenWeights }> => {
    const files = await folder.write(source);
    const { version } = source;
    const sequenceLength = capabilities.maxSequenceLength;
    return { files, weights: await openWeights(loaded, { ...files, version, sequenceLength }, settings) };
  };
  const first: WeightSource =
    typeof model === 'string' ? { kind: 'checkpoint', directory: model, version: 0 } : { kind: 'shared', version: 0 };
  let current = await open(first).catch(async (error: unknown) => {
    await folder.close();
    throw error;
  });
  let closing: Promise<void> | undefined;

  const replace = async (source: WeightSource): Promise<void> => {
    checkOpen(closing);
    const previous = current;
    current = await open(source);
    const kept = current.files;
    const retirement = previous.weights.retire(() => folder.removeOthers(previous.files, kept));
    retirements.add(retirement);
    void retirement.finally(() => retirements.delete(retirement)).catch(() => undefined);
  };
  const close = async (): Promise<void> => {
    gate.open();
    await oneAtATime(async () => {
      await Promise.all([...retirements, current.weights.retire()]);
      await folder.close();
    });
  };
  return {
    capabilities,
    async generate(requests, { signal, onProgress, onTokens } = {}) {
      checkOpen(closing);
      const eosTokenIds = tokenizer?.eosTokenIds ?? modelConfig.eosTokenIds;
      let version = 0;
      const sequences = startSequences({ config: startConfig }, requests, {
        eosTokenIds,
        ...(tokenizer !== undefined && { tokenizer }),
        currentVersion: () => version,
      });
      await gate.passed(signal);
      checkOpen(closing);
      const { weights } = current;
      version = weights.version;
      let finished = 0;
      const { vocabularySize } = modelConfig;
      const write = (sequence: (typeof sequences)[number]) =>
        weights.withSequence(async (slot) => {
          await generateSequence(slot, sequence, { vocabularySize, signal, onTokens });
          onProgress?.(++finished, sequences.length);
        });
      // All have ended before an error goes on: the weights may be freed then.
      await weights.using(async () => {
        const settled = await Promise.allSettled(sequences.map(write));
        const failed = settled.find(({ status }) => status === 'rejected');
        if (failed?.status === 'rejected') throw failed.reason;
      });
      return sequences.map((sequence) => sequence.result());
    },
    updateWeights: (source) => oneAtATime(replace, source),
    async pause() {
      gate.close();
    },
    async resume() {
      gate.open();
    },
    close: () => (closing ??= close()),
  };
}

function capabilitiesOf(
  model: ModelConfig,
  settings: LlamaCppConfig,
  tokenizer: Tokenizer | undefined,
): EngineCapabilities {
  const { maxSequenceLength, weightUpdate } = settings;
  const shortestWindow = Math.min(...model.layers.map(({ window }) => window ?? model.maxPositionEmbeddings));
  const hasWindows = model.modelType === 'gemma2' || model.modelType === 'gemma3_text';
  const longest = hasWindows ? model.maxPositionEmbeddings : Math.min(model.maxPositionEmbeddings, shortestWindow);
  return {
    name: 'llama_cpp',
    logProbs: logProbsOf(model, settings),
    weightUpdate,
    maxSequenceLength: Math.min(longest, maxSequenceLength ?? 4096),
    seeded: true,
    joinsCalls: true,
    stopStrings: tokenizer !== undefined,
    streams: true,
  };
}

function checkOpen(closing: Promise<void> | undefined): void {
  if (closing === undefined) return;
  throw new RlloomError('rollout', {
    what: 'the engine is closed',
    where: 'llama_cpp',
    fix: 'make another with createLlamaCppEngine',
  });
}
