import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  loadModelConfig,
  type ModelConfig,
  type ModelWeights,
  saveAdapterGguf,
  saveGguf,
  type SaveGgufOptions,
} from '@rlloom/models';
import { RlloomError, toStorageError, type WeightSource } from '@rlloom/spec';

/** Files of weights as llama.cpp reads them. */
export interface WrittenWeights {
  readonly model: string;
  readonly adapter?: string;
}

/** A folder of weights that come one after another. */
export interface WeightFolder {
  /**
   * Writes what the source says. An adapter goes on top of the last model that was written.
   *
   * @throws RlloomError kind `rollout` for weights of another model, or shared ones where there are none; what writing
   * and reading throws
   */
  write(source: WeightSource): Promise<WrittenWeights>;
  /** Removes files that no version after `kept` needs. */
  removeOthers(used: WrittenWeights, kept: WrittenWeights | undefined): Promise<void>;
  /** Removes all of it. */
  close(): Promise<void>;
}

/** What a {@link WeightFolder} is made of. */
export interface WeightFolderOptions {
  readonly config: ModelConfig;
  readonly dtype: NonNullable<SaveGgufOptions['dtype']>;
  /** The model that is trained, if it is in this process. */
  readonly trained: ModelWeights | undefined;
  /** Where the folder is made; `null`: where temporary files are. */
  readonly parent: string | null;
}

/** Makes a folder for weights. */
export async function createWeightFolder(options: WeightFolderOptions): Promise<WeightFolder> {
  const { config, dtype, trained } = options;
  const folder = await makeFolder(options.parent);
  let count = 0;
  let model: string | undefined;
  const next = (kind: string) => join(folder, `${kind}-${++count}.gguf`);

  const writeModel = async (source: ModelWeights | string): Promise<WrittenWeights> => {
    const path = next('model');
    await saveGguf(source, path, { dtype, tokenizerFrom: null });
    model = path;
    return { model: path };
  };
  return {
    async write(source) {
      if (source.kind === 'shared') return writeModel(trained ?? refuseShared());
      if (source.kind === 'checkpoint') {
        checkSameShape(config, await loadModelConfig(source.directory), source.directory);
        return writeModel(source.directory);
      }
      if (model === undefined) throw new Error('an adapter needs a model below it');
      const adapter = next('adapter');
      await saveAdapterGguf(source.directory, adapter, { model: config });
      return { model, adapter };
    },
    async removeOthers(used, kept) {
      const paths = [used.model, used.adapter].filter((path) => path !== undefined);
      for (const path of paths) if (path !== kept?.model && path !== kept?.adapter) await rm(path, { force: true });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function makeFolder(parent: string | null): Promise<string> {
  const base = parent === null ? tmpdir() : resolve(parent);
  try {
    await mkdir(base, { recursive: true });
    return await mkdtemp(join(base, 'rlloom-llama-cpp-'));
  } catch (error) {
    throw toStorageError(error, base);
  }
}

function refuseShared(): never {
  throw new RlloomError('rollout', {
    what: 'there is no model in this process that shares its weights with llama.cpp',
    fix: 'pass the model to createLlamaCppEngine, or send checkpoints or adapters',
  });
}

function checkSameShape(config: ModelConfig, given: ModelConfig, where: string): void {
  const keys = ['modelType', 'vocabularySize', 'hiddenSize', 'numHiddenLayers', 'maxPositionEmbeddings'] as const;
  const key = keys.find((name) => config[name] !== given[name]);
  if (key === undefined) return;
  throw new RlloomError('rollout', {
    what: `the checkpoint is of another model: its ${key} is ${given[key]}, not ${config[key]}`,
    where,
    fix: 'send checkpoints of the model that the engine was made with',
  });
}
