import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CausalLanguageModel,
  type LoraAdapter,
  mergeAdapter,
  saveAdapter,
  saveModel,
  withAdapter,
} from '@rlloom/models';
import {
  createConfiguredServerEngine,
  createLlamaCppEngine,
  createLocalEngine,
  greedySampling,
  publishWeights,
  trainingSampling,
} from '@rlloom/rollout';
import { RlloomError, type RolloutEngine, type Tokenizer } from '@rlloom/spec';
import type { RunConfig } from '../run-config.ts';
import { usesGroupSource } from './group-source.ts';
import { cannotSendAlone, whyNotAlone } from './open-adapter.ts';

/** What an engine is made of beside the configuration. */
export interface EngineParts {
  readonly model: CausalLanguageModel;
  /** At work in the model, if there is one. */
  readonly adapter: LoraAdapter | undefined;
  readonly tokenizer: Tokenizer;
  /** Where the model was read: its tokenizer is written beside published weights. */
  readonly modelFolder: string;
  /** Folder for weights that servers read; `undefined` = a temporary one. */
  readonly weightsDirectory: string | undefined;
  readonly say: (line: string) => void;
}

/**
 * The engine that `rollout.engine` names. One on servers takes the weights of this process: they are written to
 * folders, which the servers are told to read.
 *
 * @throws RlloomError kind `config` for a server that cannot be trained with; kind `rollout` for one that is not there
 */
export async function makeEngine(config: RunConfig, parts: EngineParts): Promise<RolloutEngine> {
  const { engine: engineConfig, maxBatchSize } = config.rollout;
  const { model, adapter, tokenizer, say } = parts;
  const adapted = adapter === undefined ? model : withAdapter(model, adapter);
  if (engineConfig.name === 'local') {
    const joinsCalls = usesGroupSource(config.rollout);
    const interruptible = joinsCalls && config.rollout.asynchronous.interruptible;
    return createLocalEngine({ model: adapted, tokenizer, maxBatchSize, joinsCalls, interruptible });
  }
  if (engineConfig.name === 'llama_cpp') {
    const { name: _, ...options } = engineConfig;
    const sendsAdapter = adapter !== undefined && options.weightUpdate === 'adapter';
    if (sendsAdapter) checkAlone('llama_cpp', adapter);
    const engine = await createLlamaCppEngine({
      ...options,
      model: sendsAdapter ? model : adapted,
      tokenizer,
      maxBatchSize,
    });
    return sendsAdapter ? published(engine, parts) : engine;
  }
  const engine = await createConfiguredServerEngine(engineConfig, {
    tokenizer,
    onServerEvent: ({ url, state, why }) => say(`server ${url} is ${state}: ${why}`),
  });
  try {
    engine.checkSampling(greedySampling(config.rollout));
    const isTrained = config.trainingControl.maxSteps > 0;
    if (isTrained) engine.checkSampling(trainingSampling(config.rollout));
    const { weightUpdate, logProbs, name } = engine.capabilities;
    if (weightUpdate === 'none') {
      if (isTrained) throw cannotTrain(name, 'takes no new weights', 'rollout.engine.weight_update');
      return ignoringWeights(engine);
    }
    if (logProbs === 'none' && isTrained) throw cannotTrain(name, 'has a quantised model', 'rollout.engine.name');
    if (weightUpdate === 'adapter') {
      // The server has the model itself.
      if (adapter === undefined) return ignoringWeights(engine);
      checkAlone(name, adapter);
    }
  } catch (error) {
    await engine.close();
    throw error;
  }
  return published(engine, parts);
}

// Weights that are trained here, sent to an engine that reads folders.
async function published(engine: RolloutEngine, parts: EngineParts): Promise<RolloutEngine> {
  const { model, adapter, modelFolder: tokenizerFrom } = parts;
  const directory = parts.weightsDirectory ?? (await mkdtemp(join(tmpdir(), 'rlloom-weights-')));
  const publishing =
    adapter !== undefined && engine.capabilities.weightUpdate === 'adapter'
      ? publishWeights(engine, {
          directory,
          kind: 'adapter',
          write: (folder) => saveAdapter(adapter, folder, { forServers: true }),
        })
      : publishWeights(engine, {
          directory,
          kind: 'checkpoint',
          write: (folder) => saveMerged(model, adapter, { folder, tokenizerFrom }),
        });
  return {
    ...publishing,
    async close() {
      await engine.close();
      // Nothing resumes from them: checkpoints hold the weights.
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Writes a model as a folder, with the change of its adapter in its weights if it has one. */
export async function saveMerged(
  model: CausalLanguageModel,
  adapter: LoraAdapter | undefined,
  { folder, tokenizerFrom }: { readonly folder: string; readonly tokenizerFrom: string },
): Promise<void> {
  if (adapter === undefined) return saveModel(model, folder, { tokenizerFrom });
  const merged = mergeAdapter(model, adapter);
  try {
    await saveModel(merged, folder, { tokenizerFrom });
  } finally {
    merged.dispose();
  }
}

function checkAlone(engine: string, { config }: LoraAdapter): void {
  const why = whyNotAlone(engine, config);
  if (why !== undefined) throw cannotSendAlone(engine, why);
}

// Evaluation asks what the server has.
function ignoringWeights(engine: RolloutEngine): RolloutEngine {
  return { ...engine, updateWeights: async () => undefined };
}

function cannotTrain(name: string, why: string, where: string): RlloomError {
  return new RlloomError('config', {
    what: `the ${name} engine cannot generate for this run: it ${why}`,
    where,
    fix: 'use vllm or sglang with weight_update=full, or rollout.engine.name=local',
  });
}
