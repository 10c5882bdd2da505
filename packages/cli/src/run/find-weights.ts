import { resolve } from 'node:path';
import { isAdapterFolder, loadAdapterConfig } from '@rlloom/models';
import { RlloomError } from '@rlloom/spec';
import type { RunConfig } from '../run-config.ts';
import { findModelFolder, type ModelSource } from './find-model-folder.ts';

/** Where the weights of a model are read. */
export interface WeightFolders {
  /** Of the model, with its tokenizer. */
  readonly modelFolder: string;
  /** The model as an adapter's configuration names it: the whole path of a folder, or its name on the hub. */
  readonly baseModel: string;
  /** Of an adapter over it; `undefined` = none. */
  readonly adapterFolder: string | undefined;
}

/**
 * The folders of a model that is named by its own folder, or by that of an adapter, whose configuration names the model.
 *
 * @throws RlloomError what `findModelFolder` throws; `model` for an adapter that names no model
 */
export async function findWeights(source: ModelSource): Promise<WeightFolders> {
  const folder = await findModelFolder(source);
  if (!(await isAdapterFolder(folder))) {
    const baseModel = folder === source.model ? resolve(folder) : source.model;
    return { modelFolder: folder, baseModel, adapterFolder: undefined };
  }
  const { baseModel } = await loadAdapterConfig(folder);
  if (baseModel === null) {
    throw new RlloomError('model', {
      what: 'the adapter does not say which model it belongs to',
      where: `${folder}: adapter_config.json: base_model_name_or_path`,
      fix: 'write the folder of the model, or its name on the hub, there',
    });
  }
  const base = await findModelFolder({ ...source, model: baseModel, revision: 'main' });
  return { modelFolder: base, baseModel, adapterFolder: folder };
}

/** Which weights a run is about. */
export interface RunWeightsSource extends Omit<ModelSource, 'model' | 'revision'> {
  /** In place of `model.pretrain`. */
  readonly model?: string;
  /** Whether it trains: then `model.adapter` says what. Default false. */
  readonly isTrained?: boolean;
}

/**
 * The folders that a run reads. What is evaluated may be the folder of an adapter.
 *
 * @throws RlloomError `config` for training on such a folder, which does not say what is to be trained
 */
export async function findRunWeights({ model: group }: RunConfig, source: RunWeightsSource): Promise<WeightFolders> {
  const { model, isTrained = false, signal, say } = source;
  const named = model === undefined ? { model: group.pretrain, revision: group.revision } : { model };
  const found = await findWeights({ ...named, signal, say });
  if (found.adapterFolder === undefined) {
    return { ...found, adapterFolder: model === undefined ? (group.adapter?.path ?? undefined) : undefined };
  }
  if (!isTrained) return found;
  throw new RlloomError('config', {
    what: `${found.adapterFolder} is the folder of an adapter, of which training does not know what it should change`,
    where: 'model.pretrain',
    fix: `set model.pretrain to ${found.baseModel} and model.adapter.path to this folder, or take the merged model (model.adapter.save_merged, rlloom model export --folder)`,
  });
}
