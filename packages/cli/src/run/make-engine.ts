import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CausalLanguageModel, saveModel } from '@rlloom/models';
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

/** What an engine is made of beside the configuration. */
export interface EngineParts {
  readonly model: CausalLanguageModel;
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
  const { model, tokenizer, say } = parts;
  if (engineConfig.name === 'local') {
    const joinsCalls = usesGroupSource(config.rollout);
    const interruptible = joinsCalls && config.rollout.asynchronous.interruptible;
    return createLocalEngine({ model, tokenizer, maxBatchSize, joinsCalls, interruptible });
  }
  if (engineConfig.name === 'llama_cpp') {
    const { name: _, ...options } = engineConfig;
    return createLlamaCppEngine({ ...options, model, tokenizer, maxBatchSize });
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
    if (weightUpdate === 'adapter') throw cannotTrain(name, 'is given full weights', 'rollout.engine.weight_update');
  } catch (error) {
    await engine.close();
    throw error;
  }
  const directory = parts.weightsDirectory ?? (await mkdtemp(join(tmpdir(), 'rlloom-weights-')));
  const publishing = publishWeights(engine, {
    directory,
    kind: 'checkpoint',
    write: (folder) => saveModel(model, folder, { tokenizerFrom: parts.modelFolder }),
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
