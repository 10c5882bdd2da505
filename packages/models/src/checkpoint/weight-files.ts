import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { readJsonFile } from './model-files.ts';

/** The name of the weight file of a model in one file. */
export const singleFileName = 'model.safetensors';

/** The name of the index of a model in several weight files. */
export const indexFileName = 'model.safetensors.index.json';

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string().regex(/^[^\\/]+$/)) });

/**
 * Finds the weight files of a model folder: `model.safetensors`, else the shards of `model.safetensors.index.json`.
 *
 * @returns file names, each once
 * @throws RlloomError kind `model` when there are none, or the index is not valid
 */
export async function findWeightFiles(directory: string): Promise<string[]> {
  const names = await listFolder(directory);
  if (names.includes(singleFileName)) return [singleFileName];
  const index = await readWeightIndex(directory);
  if (index !== undefined) return [...new Set(index.values())].sort();
  throw new RlloomError('model', {
    what: `the folder has neither ${singleFileName} nor ${indexFileName}`,
    where: directory,
    fix: waysToSafetensors(directory, names),
  });
}

/**
 * Reads which file holds each tensor of a model in several files.
 *
 * @returns file names by tensor, or `undefined` when the folder has no index
 * @throws RlloomError kind `model` when the index is not valid, or names no tensor
 */
export async function readWeightIndex(directory: string): Promise<ReadonlyMap<string, string> | undefined> {
  const json = await readJsonFile(directory, indexFileName);
  if (json === undefined) return undefined;
  const parsed = indexSchema.safeParse(json);
  if (parsed.success && Object.keys(parsed.data.weight_map).length > 0) {
    return new Map(Object.entries(parsed.data.weight_map));
  }
  throw new RlloomError('model', {
    what: 'the index has no valid weight_map, an object with the file name of each tensor',
    where: join(directory, indexFileName),
    fix: 'download or copy the file again',
  });
}

function waysToSafetensors(directory: string, names: readonly string[]): string {
  const pickled = names.find((name) => /\.(bin|pt|pth)(\.index\.json)?$/.test(name));
  if (pickled !== undefined) {
    const folder = JSON.stringify(directory);
    return `convert ${pickled}, a pickle that only Python reads: python -c 'from transformers import AutoModelForCausalLM as M; M.from_pretrained(${folder}).save_pretrained(${folder})'`;
  }
  const quantised = names.find((name) => name.endsWith('.gguf'));
  if (quantised !== undefined) {
    return `${quantised} is in the format of llama.cpp: take the folder of the original model, with *.safetensors`;
  }
  return 'download or copy the weights of the model into the folder: model.safetensors, or the index and all of its files';
}

async function listFolder(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    throw new RlloomError('model', {
      what: 'the model folder cannot be read',
      where: directory,
      fix: 'give the path of a folder with config.json, *.safetensors and tokenizer.json',
      cause: error,
    });
  }
}
